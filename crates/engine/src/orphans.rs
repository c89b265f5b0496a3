//! Asks the senders for messages that were decrypted once and then lost with the process.
//!
//! A repetition can come while the first copy still waits for its commit: the engine collects what arrives after a
//! login for up to three seconds. So each is looked for once more after a while, before anybody is asked.

use std::{collections::HashSet, sync::Arc, time::Duration};

use switchboard_core::{engine::Fact, inlet::Inlet};
use switchboard_model::MessageId;
use tokio::sync::mpsc;
use wacore_binary::builder::NodeBuilder;
use whatsapp_rust::{
    Client, Jid,
    features::{RetryRequestOptions, RetryRequestOutcome},
};

use crate::{
    backend::{Missed, Orphan, SessionStore},
    convert::party,
    state::State,
};

pub(crate) struct Orphanage {
    pub(crate) orphans: mpsc::UnboundedReceiver<Box<Missed>>,
    pub(crate) inlet: Inlet,
    pub(crate) state: Arc<State>,
    pub(crate) backend: Arc<SessionStore>,
}

#[derive(PartialEq, Eq)]
enum Asked {
    Yes,
    /// The network will deliver once more, or the next login is soon enough.
    NotNow,
    /// It makes no sense to ask.
    InVain,
}

/// Longer than the engine collects, and than a commit takes.
const A_WHILE: Duration = Duration::from_secs(5);

impl Orphanage {
    /// Each is asked for and told of once; it comes back as a message like any other.
    pub(crate) async fn run(mut self) {
        let mut known = HashSet::new();
        while let Some(missed) = self.orphans.recv().await {
            let Missed { since, orphan, acknowledged } = *missed;
            tokio::time::sleep_until(since + A_WHILE).await;
            let Some(client) = self.state.client() else { return };
            if acknowledged {
                self.recall(&client, &orphan).await;
            } else if self.is_lost(&orphan).await {
                self.recover(&client, &orphan, known.insert(orphan.id.clone())).await;
            }
        }
    }

    /// A database that cannot say is no loss: the network delivers once more.
    async fn is_lost(&self, orphan: &Orphan) -> bool {
        match self.backend.is_known(orphan).await {
            Ok(known) => !known,
            Err(error) => {
                tracing::debug!(%error, "a repeated message could not be looked for");
                false
            }
        }
    }

    async fn recover(&self, client: &Arc<Client>, orphan: &Orphan, first: bool) {
        if self.ask(client, orphan).await == Asked::InVain {
            self.give_up(orphan).await;
        }
        if first {
            self.tell(orphan);
        }
    }

    /// One that the network has no more, and that may be stored by now. Asked for once; only where that was not possible
    /// the note of it stays until the next login.
    async fn recall(&self, client: &Arc<Client>, orphan: &Orphan) {
        let over = match self.backend.is_settled(orphan).await {
            Ok(true) => true,
            Ok(false) => match self.ask(client, orphan).await {
                Asked::Yes => true,
                Asked::NotNow => false,
                Asked::InVain => {
                    self.tell(orphan);
                    true
                }
            },
            Err(_) => false,
        };
        if over && let Err(error) = self.backend.fulfil(&[&orphan.id]).await {
            tracing::debug!(%error, "the note of a message stays");
        }
    }

    /// The session itself is sound, so no keys go along: they would make the sender begin a new one.
    async fn ask(&self, client: &Arc<Client>, orphan: &Orphan) -> Asked {
        let Some(stanza) = stanza(orphan) else { return Asked::InVain };
        // Boxed, for it is large and hardly ever happens: every session has this task.
        let (stanza, options) = (stanza.as_node_ref(), RetryRequestOptions::new());
        match Box::pin(client.request_message_retry(&stanza, options)).await {
            Ok(RetryRequestOutcome::Sent { .. }) => Asked::Yes,
            Ok(_) => Asked::InVain,
            Err(error) => {
                tracing::debug!(%error, "a sender could not be asked again");
                Asked::NotNow
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
