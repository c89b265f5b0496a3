//! What the parts of one link tell each other.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError, Weak,
    atomic::{AtomicBool, Ordering},
};

use wacore::net::Transport;
use whatsapp_rust::Client;

#[derive(Default)]
pub(crate) struct State {
    client: OnceLock<Weak<Client>>,
    socket: Mutex<Option<Arc<dyn Transport>>>,
    reason: Mutex<Option<String>>,
    pub(crate) online: AtomicBool,
    pub(crate) caught_up: AtomicBool,
    pub(crate) paired: AtomicBool,
    /// A fact that ends the link was told; nothing follows it.
    told: AtomicBool,
    pub(crate) ended: AtomicBool,
}

impl State {
    pub(crate) fn attach(&self, client: &Arc<Client>) {
        let _ = self.client.set(Arc::downgrade(client));
        self.set_reconnect(false);
    }

    pub(crate) fn client(&self) -> Option<Arc<Client>> {
        self.client.get().and_then(Weak::upgrade)
    }

    /// The supervisor decides about every connection but one: the network closes the socket right after pairing and
    /// expects the client back at once.
    pub(crate) fn set_reconnect(&self, wanted: bool) {
        if let Some(client) = self.client() {
            client.enable_auto_reconnect.store(wanted, Ordering::SeqCst);
        }
    }

    /// A new connection is being made.
    pub(crate) fn dialling(&self) {
        self.set_reconnect(false);
        self.online.store(false, Ordering::SeqCst);
        self.caught_up.store(false, Ordering::SeqCst);
    }

    pub(crate) fn set_socket(&self, socket: Arc<dyn Transport>) {
        *self.socket.lock().unwrap_or_else(PoisonError::into_inner) = Some(socket);
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
