//! Decrypted messages, on their way into the log: the engine acknowledges them when this returns.
//!
//! A batch is committed whole or not at all. `Err` means that this process has given the session up; the network
//! keeps the messages and delivers them again.

use std::sync::Arc;

use async_trait::async_trait;
use switchboard_core::{
    engine::{Fence, Inbound},
    inlet::Inlet,
};
use wacore_binary::JidExt as _;
use whatsapp_rust::{
    Client, InboundDurabilityHook,
    types::{durability_hook::InboundMessage, message::MessageInfo},
};

use crate::{
    backend::{Orphan, SessionStore},
    convert::inbound,
};

pub(crate) struct Hook {
    pub(crate) inlet: Inlet,
    pub(crate) fence: Fence,
    pub(crate) backend: Arc<SessionStore>,
}

#[async_trait]
impl InboundDurabilityHook for Hook {
    async fn on_messages(&self, client: Arc<Client>, batch: &[InboundMessage]) -> anyhow::Result<()> {
        self.fence.check()?;
        let (messages, plumbing) = sort(&client, &self.backend, batch).await;
        if !plumbing.is_empty() {
            self.backend.settle(&plumbing).await?;
        }
        if !messages.is_empty() {
            self.inlet.messages(messages).await?;
        }
        let foretold: Vec<_> = batch.iter().filter(|item| item.info.source.chat.is_status_broadcast()).collect();
        let ids: Vec<&str> = foretold.iter().map(|item| item.info.id.as_str()).collect();
        Ok(self.backend.fulfil(&ids).await?)
    }
}

/// What is for the log, and what is only to be remembered as seen.
pub(crate) async fn sort(
    client: &Client,
    backend: &Arc<SessionStore>,
    batch: &[InboundMessage],
) -> (Vec<Inbound>, Vec<Orphan>) {
    let (mut messages, mut plumbing) = (Vec::new(), Vec::new());
    for item in batch {
        match inbound(client, backend, &item.info, &item.message).await {
            Some(message) => messages.push(message),
            None => plumbing.push(seen(&item.info)),
        }
    }
    (messages, plumbing)
}

fn seen(info: &MessageInfo) -> Orphan {
    Orphan { chat: info.source.chat.to_string(), sender: info.source.sender.to_string(), id: info.id.clone() }
}
