//! Messages that the engine acknowledges when they come instead of when they are stored: status posts. Each is noted
//! before that acknowledgement leaves, so that one which goes down with the process is missed, and asked for again.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{mpsc, watch};
use wacore_binary::{JidExt as _, NodeRef, OwnedNodeRef};
use whatsapp_rust::Jid;

use crate::backend::{Orphan, SessionStore};

/// Noted in one commit.
const BATCH: usize = 64;

/// Where the messages that come are named.
#[derive(Clone)]
pub(crate) struct Foretold {
    named: Arc<AtomicU64>,
    coming: mpsc::UnboundedSender<Orphan>,
    noted: watch::Receiver<u64>,
}

/// The task that writes the notes.
pub(crate) struct Notes {
    coming: mpsc::UnboundedReceiver<Orphan>,
    noted: watch::Sender<u64>,
}

impl Foretold {
    pub(crate) fn new() -> (Self, Notes) {
        let (sender, coming) = mpsc::unbounded_channel();
        let (noted, receiver) = watch::channel(0);
        (Self { named: Arc::default(), coming: sender, noted: receiver }, Notes { coming, noted })
    }

    pub(crate) fn hear(&self, stanza: &OwnedNodeRef) {
        if let Some(coming) = head(stanza.get()) {
            self.named.fetch_add(1, Ordering::SeqCst);
            // Without the task nothing is noted, and so nothing leaves.
            let _ = self.coming.send(coming);
        }
    }

    /// Waits until all that came before this call is noted. An error means that it never will be.
    pub(crate) async fn noted(&self) -> anyhow::Result<()> {
        let before = self.named.load(Ordering::SeqCst);
        let mut noted = self.noted.clone();
        noted.wait_for(|count| *count >= before).await.map_err(|_| anyhow::anyhow!("what comes in cannot be noted"))?;
        Ok(())
    }
}

impl Notes {
    /// Until the link ends, or the database stays away for too long: the network then keeps what was not noted.
    pub(crate) async fn write(mut self, backend: Arc<SessionStore>) {
        // Without room of its own while nothing comes.
        let mut coming = Vec::new();
        while self.coming.recv_many(&mut coming, BATCH).await > 0 {
            let coming = std::mem::take(&mut coming);
            if let Err(error) = backend.foretell(&coming).await {
                tracing::warn!(%error, "what comes in cannot be noted; the connection ends");
                return;
            }
            self.noted.send_modify(|count| *count += coming.len() as u64);
        }
    }
}

/// Of those that the engine acknowledges at once.
fn head(stanza: &NodeRef<'_>) -> Option<Orphan> {
    if !matches!(stanza.tag.as_ref(), "message" | "status") {
        return None;
    }
    let jid = |name| stanza.get_attr(name).and_then(|value| value.as_str().parse::<Jid>().ok());
    let (chat, id) = (jid("from")?, stanza.get_attr("id")?.as_str().into_owned());
    let sender = jid("participant").filter(|_| chat.is_status_broadcast())?;
    Some(Orphan { chat: chat.to_string(), sender: sender.to_string(), id })
}
