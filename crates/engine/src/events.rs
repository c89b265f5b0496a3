//! The engine's events, told as facts. The engine calls this in the middle of its own work, so nothing here waits.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::FutureExt;
use switchboard_core::{
    engine::{Fact, ProfileNews, Receipt, ReceiptKind},
    inlet::Inlet,
};
use switchboard_model::{MessageId, Party, Timestamp};
use wacore::types::{
    events::{ConnectFailure, Event, EventHandler, MessageBatch, PairSuccess, UndecryptableMessage},
    presence::ReceiptType,
};
use wacore_binary::OwnedNodeRef;
use whatsapp_rust::{Jid, types::events};

use crate::{
    backend::SessionStore,
    convert::{complete, party},
    foretold::Foretold,
    history, hook,
    state::State,
    tasks::Tasks,
};

pub(crate) struct Events {
    pub(crate) inlet: Inlet,
    pub(crate) state: Arc<State>,
    pub(crate) tasks: Tasks,
    pub(crate) backend: Arc<SessionStore>,
    pub(crate) foretold: Foretold,
    /// The person was given a code to type, so the QR codes that the network sends as well are not shown.
    pub(crate) by_code: bool,
}

/// The last scannable code may run out a little before the typed one.
const CODE_OUTLIVES_QR: Duration = Duration::from_secs(20);
const PASSKEY: &str = "this account is protected by a passkey, which only WhatsApp's own page can ask for: remove the passkey in the phone's settings, or link from a device that has it, then try again";
const TOO_MUCH: &str = "429";
const OVERDONE: &str = "the network ended the connection because the account does too much (error 429)";
const OUTDATED: &str =
    "the network no longer accepts this client version: update Switchboard, or set a newer client version";

impl EventHandler for Events {
    fn handle_event(&self, event: Arc<Event>) {
        match &*event {
            Event::PairingQrCode(_)
            | Event::PairingCode(_)
            | Event::PairingCodeError(_)
            | Event::PairingQrCodesExhausted(_)
            | Event::PairSuccess(_)
            | Event::PairError(_)
            | Event::PairPasskeyRequest(_) => self.pairing(&event),
            Event::Receipt(receipt) => self.receipt(receipt),
            Event::ServerAck(ack) if ack.class.as_deref() == Some("message") => {
                let id = self.state.post_changes.answered(&ack.id);
                self.inlet.report(Fact::Acked { id, error: ack.error.clone() });
            }
            Event::Presence(update) => {
                if let Some(news) = self.came_or_went(update) {
                    self.inlet.report(Fact::Presence(news));
                }
            }
            Event::ChatPresence(update) => {
                if let Some(news) = self.typing(update) {
                    self.inlet.report(Fact::Presence(news));
                }
            }
            Event::GroupUpdate(update) => {
                if let Some(news) = self.group_news(update) {
                    self.inlet.report(Fact::Group(news));
                }
            }
            Event::PictureUpdate(update) => self.profile(self.new_picture(update)),
            Event::UserAboutUpdate(update) => self.profile(self.new_about(update)),
            Event::HistorySync(past) => {
                if let Some(piece) = history::piece(past) {
                    self.inlet.report(Fact::History(piece));
                }
            }
            decided if self.decided(decided) || self.labelled(decided) => {}
            Event::IncomingCall(call) => self.called(call),
            Event::MissedCall(call) => self.missed(call),
            Event::RawNode(stanza) => {
                self.foretold.hear(stanza);
                self.overdone(stanza);
                self.posted(stanza);
                self.post_deleted(stanza);
            }
            Event::UndecryptableMessage(message) => self.undecryptable(message),
            Event::Messages(batch) if !batch.hook_committed => self.unhooked(batch.clone()),
            // What follows the last word is the engine's own tidying up.
            other if !self.state.has_said_last_word() => self.connection(other),
            _ => {}
        }
    }
}

impl Events {
    fn profile(&self, news: Option<ProfileNews>) {
        if let Some(news) = news {
            self.inlet.report(Fact::Profile(news));
        }
    }

    fn pairing(&self, event: &Event) {
        match event {
            Event::PairingQrCode(qr) if !self.by_code => {
                self.inlet.report(Fact::QrCode { code: qr.code.clone(), valid_for: qr.timeout });
            }
            Event::PairingCode(code) => {
                self.inlet.report(Fact::PairingCode { code: code.code.clone(), valid_for: code.timeout });
            }
            Event::PairingCodeError(error) => self.end(Fact::PairingFailed { reason: error.error.clone() }),
            Event::PairingQrCodesExhausted(end) if end.disconnected || !self.by_code => self.end(Fact::PairingExpired),
            Event::PairingQrCodesExhausted(_) => self.expire_soon(),
            Event::PairSuccess(pairing) => self.paired(pairing),
            Event::PairError(error) => self.end(Fact::PairingFailed { reason: error.error.clone() }),
            Event::PairPasskeyRequest(_) => self.inlet.report(Fact::PasskeyAsked { hint: PASSKEY.to_owned() }),
            _ => {}
        }
    }

    fn paired(&self, pairing: &PairSuccess) {
        self.state.paired.store(true, Ordering::SeqCst);
        let names = party(&pairing.id, Some(&pairing.lid));
        let (phone, lid) = names.map_or((None, None), |party| (party.pn, party.lid));
        let name = Some(pairing.business_name.clone()).filter(|name| !name.is_empty());
        self.inlet.report(Fact::Paired { phone, lid, name });
    }

    /// What came before a kill and was acknowledged already does not come with the backlog.
    fn miss_what_was_foretold(&self) {
        let backend = Arc::clone(&self.backend);
        self.tasks.spawn_task(async move {
            if let Err(error) = backend.miss_foretold().await {
                tracing::debug!(%error, "what may have got lost cannot be read; it is looked for at the next login");
            }
        });
    }

    fn expire_soon(&self) {
        let (inlet, state) = (self.inlet.clone(), Arc::clone(&self.state));
        self.tasks.spawn_task(async move {
            tokio::time::sleep(CODE_OUTLIVES_QR).await;
            if !state.paired.load(Ordering::SeqCst) && state.last_word() {
                inlet.report(Fact::PairingExpired);
            }
        });
    }

    fn connection(&self, event: &Event) {
        match event {
            Event::Connected(_) => {
                self.state.logged_in();
                let catching_up = !self.state.caught_up.load(Ordering::SeqCst);
                self.inlet.report(Fact::Online { catching_up });
            }
            Event::OfflineSyncCompleted(_) => {
                self.state.caught_up.store(true, Ordering::SeqCst);
                self.miss_what_was_foretold();
                if self.state.online.load(Ordering::SeqCst) {
                    self.inlet.report(Fact::CaughtUp);
                }
            }
            Event::Disconnected(end) => self.state.set_reason(format!("the connection ended: {}", end.reason)),
            Event::StreamReplaced(_) => self.end(Fact::Replaced),
            Event::LoggedOut(end) => self.end(Fact::LoggedOut { reason: logout_reason(end) }),
            Event::TemporaryBan(ban) => {
                let reason = format!("the account is banned for a while ({})", ban.code);
                self.end(Fact::Banned { reason, lasts: ban.expire.to_std().ok() });
            }
            Event::ConnectFailure(failure) => self.refused(failure),
            Event::ClientOutdated(_) => self.end(Fact::Refused { reason: OUTDATED.to_owned() }),
            _ => {}
        }
    }

    /// The engine keeps this one to itself and waits for the socket to close.
    fn overdone(&self, stanza: &OwnedNodeRef) {
        let stanza = stanza.get();
        if stanza.tag == "stream:error" && stanza.get_attr("code").is_some_and(|code| code.as_str() == TOO_MUCH) {
            self.end(Fact::Limited { reason: OVERDONE.to_owned() });
        }
    }

    /// The network's own troubles pass; any other refusal stays until somebody acts.
    fn refused(&self, failure: &ConnectFailure) {
        let words = failure.message.as_deref().map_or_else(String::new, |words| format!(" ({words})"));
        let reason = format!("the network refused the connection: {:?}{words}", failure.reason);
        if failure.reason.should_reconnect() {
            self.state.set_reason(reason);
        } else {
            self.end(Fact::Refused { reason });
        }
    }

    /// Receipts of this account's other devices say nothing about the recipient, but what was read there.
    fn receipt(&self, receipt: &events::Receipt) {
        let source = &receipt.source;
        if source.is_from_me || is_of_own_device(&receipt.r#type) {
            return self.read_elsewhere(receipt);
        }
        let Some(kind) = receipt_kind(&receipt.r#type) else { return };
        let Some(by) = self.party(&source.sender, source.sender_alt.as_ref()) else { return };
        let chat = if source.chat.is_same_chat_as(&source.sender) {
            Some(by.clone())
        } else {
            self.party(&source.chat, source.recipient_alt.as_ref())
        };
        let Some(chat) = chat else { return };
        let ids = receipt.message_ids.iter().cloned().map(MessageId).collect();
        let at = Timestamp::from_millis(receipt.timestamp.timestamp_millis());
        self.inlet.report(Fact::Receipt(Receipt { chat, by, ids, kind, at }));
    }

    fn read_elsewhere(&self, receipt: &events::Receipt) {
        if matches!(receipt.r#type, ReceiptType::Read | ReceiptType::Played) || is_of_own_device(&receipt.r#type) {
            let ids = receipt.message_ids.iter().cloned().map(MessageId).collect();
            self.inlet.report(Fact::ReadElsewhere { ids });
        }
    }

    fn undecryptable(&self, message: &UndecryptableMessage) {
        let source = &message.info.source;
        let Some(sender) = self.party(&source.sender, source.sender_alt.as_ref()) else { return };
        let chat = if source.chat.is_same_chat_as(&source.sender) {
            Some(sender.clone())
        } else {
            self.party(&source.chat, source.recipient_alt.as_ref())
        };
        if let Some(chat) = chat {
            self.inlet.report(Fact::Undecryptable { id: MessageId(message.info.id.clone()), chat, sender });
        }
    }

    /// Newsletters, and messages that the phone handed over because they could not be decrypted here: they come as an
    /// event only, and nothing can hold their acknowledgement back.
    fn unhooked(&self, batch: MessageBatch) {
        let (inlet, state, backend) = (self.inlet.clone(), Arc::clone(&self.state), Arc::clone(&self.backend));
        self.tasks.spawn_task(async move {
            let Some(client) = state.client() else { return };
            let (messages, _) = hook::sort(&client, &backend, &batch.messages).await;
            if !messages.is_empty() && inlet.messages(messages).await.is_err() {
                tracing::debug!("messages came after the session was given up");
            }
        });
    }

    /// Both names, as far as they are at hand without waiting.
    pub(crate) fn party(&self, jid: &Jid, other: Option<&Jid>) -> Option<Party> {
        let party = party(jid, other)?;
        let Some(client) = self.state.client() else { return Some(party) };
        complete(&client, party.clone()).now_or_never().or(Some(party))
    }

    fn end(&self, fact: Fact) {
        if self.state.last_word() {
            self.inlet.report(fact);
        }
    }
}

fn is_of_own_device(kind: &ReceiptType) -> bool {
    matches!(kind, ReceiptType::ReadSelf | ReceiptType::PlayedSelf)
}

fn receipt_kind(kind: &ReceiptType) -> Option<ReceiptKind> {
    match kind {
        ReceiptType::Delivered | ReceiptType::Inactive => Some(ReceiptKind::Delivered),
        ReceiptType::Read => Some(ReceiptKind::Read),
        ReceiptType::Played => Some(ReceiptKind::Played),
        _ => None,
    }
}

fn logout_reason(end: &events::LoggedOut) -> String {
    let shown = end.logout_message.as_ref().and_then(|message| message.header.clone());
    shown.unwrap_or_else(|| match end.reason {
        events::ConnectFailureReason::AccountLocked => "the network locked this account or device".to_owned(),
        _ => "the device was removed from the account: link it again".to_owned(),
    })
}
