//! What the parts of one link tell each other.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError, Weak,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use wacore::net::Transport;
use whatsapp_rust::Client;

use crate::{calls::Signalling, newsletter_posts::PostChanges};

const LINKING_REDIALS: usize = 4;

#[derive(Default)]
pub(crate) struct State {
    client: OnceLock<Weak<Client>>,
    socket: Mutex<Option<Arc<dyn Transport>>>,
    dials: AtomicUsize,
    linking: AtomicBool,
    reason: Mutex<Option<String>>,
    pub(crate) online: AtomicBool,
    pub(crate) caught_up: AtomicBool,
    pub(crate) paired: AtomicBool,
    /// A fact that ends the link was told; nothing follows it.
    told: AtomicBool,
    pub(crate) ended: AtomicBool,
    pub(crate) signalling: Signalling,
    pub(crate) post_changes: PostChanges,
}

impl State {
    pub(crate) fn attach(&self, client: &Arc<Client>) {
        let _ = self.client.set(Arc::downgrade(client));
        self.set_reconnect(false);
    }

    pub(crate) fn client(&self) -> Option<Arc<Client>> {
        self.client.get().and_then(Weak::upgrade)
    }

    /// A new connection is being made. The supervisor decides about every connection, so the engine's own wish to come
    /// back is turned off.
    pub(crate) fn dialling(&self) {
        self.set_reconnect(false);
        self.online.store(false, Ordering::SeqCst);
        self.caught_up.store(false, Ordering::SeqCst);
        self.take_reason();
    }

    /// There is one exception: the network closes the socket right after linking and expects the client back at once.
    /// That can come before the linking is told, and twice, so it is allowed until the first login; a few times only,
    /// for a network that hangs up again and again is the supervisor's business.
    pub(crate) fn dialled(&self, socket: Arc<dyn Transport>) {
        let earlier = self.dials.fetch_add(1, Ordering::SeqCst);
        if earlier == 0 {
            let unlinked = self.client().is_some_and(|client| client.pn().is_none());
            self.linking.store(unlinked, Ordering::SeqCst);
        }
        self.set_reconnect(self.linking.load(Ordering::SeqCst) && earlier < LINKING_REDIALS);
        *self.socket.lock().unwrap_or_else(PoisonError::into_inner) = Some(socket);
    }

    pub(crate) fn logged_in(&self) {
        self.linking.store(false, Ordering::SeqCst);
        self.set_reconnect(false);
        self.online.store(true, Ordering::SeqCst);
    }

    fn set_reconnect(&self, wanted: bool) {
        if let Some(client) = self.client() {
            client.enable_auto_reconnect.store(wanted, Ordering::SeqCst);
        }
    }

    pub(crate) fn take_socket(&self) -> Option<Arc<dyn Transport>> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Why the connection will turn out to have ended.
    pub(crate) fn set_reason(&self, reason: String) {
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
    }

    pub(crate) fn take_reason(&self) -> Option<String> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Takes the last word; false when it was taken.
    pub(crate) fn last_word(&self) -> bool {
        !self.told.swap(true, Ordering::SeqCst)
    }

    pub(crate) fn has_said_last_word(&self) -> bool {
        self.told.load(Ordering::SeqCst)
    }
}
