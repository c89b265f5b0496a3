//! A link of the fake, and what a test lets happen on it.

use std::{sync::Arc, time::Duration};

use switchboard_model::{Call, CallStatus, Lid, Party, Phone, Timestamp};
use tokio::sync::watch;

use super::{
    super::{CallFact, EngineError, Fact, Fence, Fenced, Inbound, Open, Pairing, Receipt, ReceiptKind, Transmit},
    session::FakeSession,
};
use crate::inlet::Inlet;

pub struct FakeLink {
    session: Arc<FakeSession>,
    inlet: Inlet,
    fence: Fence,
    epoch: i64,
    pairing: Pairing,
    ended: watch::Sender<bool>,
}

impl FakeLink {
    pub(super) fn new(session: Arc<FakeSession>, order: Open, inlet: Inlet) -> Self {
        let Open { epoch, fence, pairing, .. } = order;
        Self { session, inlet, fence, epoch, pairing, ended: watch::Sender::new(false) }
    }

    /// Reports anything.
    pub fn report(&self, fact: Fact) {
        if !self.has_ended() {
            self.inlet.report(fact);
        }
    }

    /// Hands messages in as the network delivers them; returns once they are committed.
    pub async fn deliver(&self, batch: Vec<Inbound>) -> Result<(), Fenced> {
        self.alive()?;
        self.inlet.messages(batch).await
    }

    pub fn qr(&self, code: &str) {
        self.report(Fact::QrCode { code: code.to_owned(), valid_for: Duration::from_secs(20) });
    }

    pub fn pairing_code(&self, code: &str) {
        self.report(Fact::PairingCode { code: code.to_owned(), valid_for: Duration::from_secs(180) });
    }

    /// The phone accepts: paired, and online at once.
    pub fn pair(&self, phone: &Phone, lid: &Lid) {
        self.session.set_linked(true);
        self.session.script().links += 1;
        self.report(Fact::Paired { phone: Some(phone.clone()), lid: Some(lid.clone()), name: Some("Fake".to_owned()) });
        self.report(Fact::Online { catching_up: false });
        self.report(Fact::CaughtUp);
    }

    pub fn receipt(&self, of: &Transmit, kind: ReceiptKind, at: Timestamp) {
        let party = Party::from(of.chat.clone());
        let ids = vec![of.id.clone()];
        self.report(Fact::Receipt(Receipt { chat: party.clone(), by: party, ids, kind, at }));
    }

    /// Somebody calls.
    pub fn call(&self, id: &str, from: Party, at: Timestamp) {
        let call = Call { id: id.to_owned(), from, video: false, group: false, group_jid: None, timestamp: at };
        self.report(Fact::Call(CallFact::Offered { call, status: CallStatus::Ringing }));
    }

    /// The connection drops.
    pub fn drop_connection(&self) {
        self.end_with(Fact::Offline { reason: "the connection was lost".to_owned() });
    }

    pub fn replace(&self) {
        self.end_with(Fact::Replaced);
    }

    pub fn log_out(&self) {
        self.session.set_linked(false);
        self.end_with(Fact::LoggedOut { reason: "removed on the phone".to_owned() });
    }

    /// A last fact, then silence.
    pub fn end_with(&self, fact: Fact) {
        self.report(fact);
        self.end();
    }

    #[must_use]
    pub fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// Waits for the end, whoever brings it about.
    pub async fn ended(&self) {
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    #[must_use]
    pub fn pairing(&self) -> &Pairing {
        &self.pairing
    }

    pub(super) fn end(&self) {
        self.ended.send_replace(true);
    }

    fn alive(&self) -> Result<(), Fenced> {
        if self.has_ended() { Err(Fenced) } else { self.fence.check() }
    }

    pub(super) fn session(&self) -> &FakeSession {
        &self.session
    }

    pub(super) fn online(&self) -> Result<(), EngineError> {
        self.fence.check()?;
        if self.has_ended() { Err(EngineError::NotConnected("the link has ended".to_owned())) } else { Ok(()) }
    }
}
