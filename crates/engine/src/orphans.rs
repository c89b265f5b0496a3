//! Asks the senders for messages that were decrypted once and then lost with the process.

use std::{collections::HashSet, sync::Arc};

use switchboard_core::{engine::Fact, inlet::Inlet};
use switchboard_model::MessageId;
use tokio::sync::mpsc;
use wacore_binary::builder::NodeBuilder;
use whatsapp_rust::{
    Client, Jid,
    features::{RetryRequestOptions, RetryRequestOutcome},
};

use crate::{
    backend::{Orphan, SessionStore},
    convert::party,
    state::State,
};

pub(crate) struct Orphanage {
    pub(crate) orphans: mpsc::UnboundedReceiver<Orphan>,
    pub(crate) inlet: Inlet,
    pub(crate) state: Arc<State>,
    pub(crate) backend: Arc<SessionStore>,
}

impl Orphanage {
    /// Each is asked for and told of once; it comes back as a message like any other.
    pub(crate) async fn run(mut self) {
        let mut known = HashSet::new();
        while let Some(orphan) = self.orphans.recv().await {
            let Some(client) = self.state.client() else { return };
            if !self.ask(&client, &orphan).await {
                self.give_up(&orphan).await;
            }
            if known.insert(orphan.id.clone()) {
                self.tell(&orphan);
            }
        }
    }

    /// False when asking again makes no sense.
    async fn ask(&self, client: &Arc<Client>, orphan: &Orphan) -> bool {
        let Some(stanza) = stanza(orphan) else { return false };
        let options = RetryRequestOptions::new().with_force_include_keys(true);
        match client.request_message_retry(&stanza.as_node_ref(), options).await {
            Ok(RetryRequestOutcome::Sent { .. }) => true,
            Ok(_) => false,
            Err(error) => {
                tracing::debug!(%error, "a sender could not be asked again; the network will deliver once more");
                true
            }
        }
    }

    async fn give_up(&self, orphan: &Orphan) {
        if let Err(error) = self.backend.settle(std::slice::from_ref(orphan)).await {
            tracing::warn!(%error, "a message that nobody has any more will be delivered again in vain");
        }
    }

    fn tell(&self, orphan: &Orphan) {
        let address = |text: &str| text.parse::<Jid>().ok().and_then(|jid| party(&jid, None));
        if let (Some(chat), Some(sender)) = (address(&orphan.chat), address(&orphan.sender)) {
            self.inlet.report(Fact::Undecryptable { id: MessageId(orphan.id.clone()), chat, sender });
        }
    }
}

/// The head of the stanza that brought it: who, where, which.
fn stanza(orphan: &Orphan) -> Option<wacore_binary::Node> {
    let (chat, sender): (Jid, Jid) = (orphan.chat.parse().ok()?, orphan.sender.parse().ok()?);
    let stanza = NodeBuilder::new("message").attr("id", orphan.id.as_str()).attr("type", "text").attr("t", "0");
    let stanza = if chat.is_same_chat_as(&sender) {
        stanza.attr("from", sender)
    } else {
        stanza.attr("from", chat).attr("participant", sender)
    };
    Some(stanza.build())
}
