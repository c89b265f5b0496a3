//! The running client of one session.

use std::{
    fs::File,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use async_trait::async_trait;
use switchboard_core::engine::{EngineError, Fence, Link, NumberStatus, Pulse, Transmit, Uploaded};
use switchboard_model::{Call, Clock, Jid, Media, MediaKind, MessageId, Party, Phone};
use wacore::iq::blocklist::UpdateBlocklistSpec;
use waproto::codec::message_decode;
use whatsapp_rust::{
    Client, ClientError, Jid as EngineJid, SendError, SendOptions,
    features::{BlockingError, IsOnWhatsAppResult},
    request::IqError,
};

use crate::{backend::SessionStore, convert, media, newsletter_posts::is_change, state::State, tasks::Tasks};

pub(crate) struct WhatsappLink {
    pub(crate) client: Arc<Client>,
    pub(crate) state: Arc<State>,
    pub(crate) tasks: Tasks,
    pub(crate) backend: Arc<SessionStore>,
    pub(crate) fence: Fence,
    pub(crate) clock: Arc<dyn Clock>,
}

/// For the engine's own farewell: what it holds is written within a second or never.
const FAREWELL: Duration = Duration::from_secs(6);
/// For tasks that were told to stop.
const LAST_TASKS: Duration = Duration::from_secs(2);

#[async_trait]
impl Link for WhatsappLink {
    async fn transmit(&self, message: &Transmit) -> Result<(), EngineError> {
        self.online()?;
        if matches!(message.chat, Jid::Status) {
            return self.post_status(message).await;
        }
        let body = message_decode(&message.finished)
            .map_err(|error| EngineError::Refused(format!("the stored message cannot be read: {error}")))?;
        if matches!(message.chat, Jid::Newsletter(_)) && is_change(&body) {
            return self.change_post(message, &body).await;
        }
        self.keep_poll_secret(message, &body).await?;
        self.settle_ratchet().await?;
        let options = SendOptions::default().with_message_id(message.id.0.as_str());
        let sent = self.client.send_message_with_options(convert::engine_jid(&message.chat), body, options).await;
        match sent {
            Ok(_) => Ok(()),
            // Asked who is in it, the network said no: it will say so again.
            Err(SendError::Iq(IqError::ServerError { code: code @ (401 | 403 | 404 | 410), .. }))
                if message.chat.is_group() =>
            {
                Err(EngineError::Refused(no_group(code)))
            }
            Err(error) => Err(self.explain(error)),
        }
    }

    async fn mark_read(&self, chat: &Jid, sender: Option<&Jid>, ids: &[MessageId]) -> Result<(), EngineError> {
        self.online()?;
        let ids: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
        let sender = sender.filter(|_| chat.is_group()).map(convert::engine_jid);
        let marked = self.client.mark_as_read(&convert::engine_jid(chat), sender.as_ref(), &ids).await;
        marked.map_err(|error| self.failed(error.to_string()))
    }

    async fn check_numbers(&self, phones: &[Phone]) -> Result<Vec<NumberStatus>, EngineError> {
        self.online()?;
        let asked: Vec<EngineJid> = phones.iter().map(|phone| EngineJid::pn(phone.digits())).collect();
        let found = self.client.contacts().is_on_whatsapp(&asked).await;
        let found = found.map_err(|error| self.failed(error.to_string()))?;
        Ok(phones.iter().map(|phone| number_status(phone, &found)).collect())
    }

    async fn reject_call(&self, call: &Call) -> Result<(), EngineError> {
        self.online()?;
        let source = self.state.signalling.source(call);
        let rejected = self.client.voip().reject_call(&call.id, &source.peer, &source.creator).await;
        rejected.map_err(|error| self.failed(error.to_string()))
    }

    async fn block(&self, contact: &Party) -> Result<(), EngineError> {
        self.online()?;
        let blocked = match (&contact.lid, &contact.pn) {
            // The network asks for both names.
            (Some(lid), Some(pn)) => {
                let both =
                    UpdateBlocklistSpec::block_with_pn(&EngineJid::lid(lid.to_string()), &EngineJid::pn(pn.digits()));
                self.client.execute(both).await.map_err(BlockingError::from)
            }
            _ => self.client.blocking().block(&convert::engine_jid(&contact.jid)).await,
        };
        blocked.map_err(|error| self.unblockable(error))
    }

    async fn unblock(&self, contact: &Party) -> Result<(), EngineError> {
        self.online()?;
        let jid = contact
            .lid
            .as_ref()
            .map_or_else(|| convert::engine_jid(&contact.jid), |lid| EngineJid::lid(lid.to_string()));
        self.client.blocking().unblock(&jid).await.map_err(|error| self.unblockable(error))
    }

    async fn upload(&self, kind: MediaKind, file: File) -> Result<Uploaded, EngineError> {
        self.online()?;
        media::upload(&self.client, kind, file).await.map_err(|error| self.troubled(&error))
    }

    async fn download(&self, kind: MediaKind, media: &Media, into: File) -> Result<File, EngineError> {
        self.online()?;
        media::download(&self.client, kind, media, into).await
    }

    async fn close(&self) {
        self.state.last_word();
        if tokio::time::timeout(FAREWELL, self.client.disconnect()).await.is_err() {
            tracing::warn!("a client took too long to say goodbye; its tasks are stopped");
        }
        self.finish().await;
    }

    async fn unlink(&self) -> Result<(), EngineError> {
        self.online()?;
        self.state.last_word();
        let done = tokio::time::timeout(FAREWELL, self.client.logout()).await;
        self.finish().await;
        done.map_err(|_| EngineError::NotConnected("the network did not answer the request to unlink".to_owned()))
    }

    fn abort(&self) {
        self.fence.cut();
        self.state.last_word();
        self.tasks.stop();
        self.state.ended.store(true, Ordering::SeqCst);
        if let Some(socket) = self.state.take_socket() {
            tokio::spawn(async move { socket.disconnect().await });
        }
    }

    fn pulse(&self) -> Pulse {
        let heard = i64::try_from(self.client.stats().last_data_received_ms).unwrap_or(0);
        let silence = self.clock.now().since(switchboard_model::Timestamp::from_millis(heard));
        Pulse {
            silent_for: (heard > 0).then_some(silence),
            ended: self.state.ended.load(Ordering::SeqCst),
            halted: self.client.persistence_manager().is_saver_halted(),
        }
    }
}

impl WhatsappLink {
    /// An incoming message turns the ratchet, which the engine stores a moment later. What is sent in between would go
    /// out under a chain that a crash forgets, and the other side, who has followed, could not be understood any more.
    async fn settle_ratchet(&self) -> Result<(), EngineError> {
        if !self.backend.has_heard() {
            return Ok(());
        }
        self.client.flush_pending_signal_state().await.map_err(|error| {
            self.backend.note_heard();
            // The store is in trouble, not the connection: this message is tried again, the others are sent.
            self.unless_down(error.to_string())
        })
    }

    pub(crate) fn online(&self) -> Result<(), EngineError> {
        self.fence.check()?;
        if self.client.is_connected() && self.client.is_logged_in() {
            Ok(())
        } else {
            Err(EngineError::NotConnected("the session is not logged in to the network".to_owned()))
        }
    }

    /// Every task of the client has ended when this returns, or was told to.
    async fn finish(&self) {
        self.tasks.stop();
        if !self.tasks.ended(LAST_TASKS).await {
            tracing::warn!("a task of a closed client did not stop in time");
        }
        self.state.take_socket();
        self.state.ended.store(true, Ordering::SeqCst);
    }

    pub(crate) fn explain(&self, error: SendError) -> EngineError {
        match error {
            SendError::InvalidRequest(reason) => EngineError::Refused(format!("this cannot be sent: {reason}")),
            SendError::Client(ClientError::Internal(_)) => self.unless_down(error.to_string()),
            SendError::NotLoggedIn | SendError::Client(_) => self.failed(error.to_string()),
            other => self.unless_down(other.to_string()),
        }
    }

    /// Someone whom the network cannot name stays as they are.
    fn unblockable(&self, error: BlockingError) -> EngineError {
        match error {
            BlockingError::InvalidJid(reason) => {
                EngineError::Refused(format!("this contact cannot be blocked: {reason}"))
            }
            BlockingError::Iq(IqError::ServerError { code, .. }) => {
                EngineError::Refused(format!("the network keeps its block list as it is (error {code})"))
            }
            other => self.failed(other.to_string()),
        }
    }

    fn troubled(&self, error: &anyhow::Error) -> EngineError {
        self.unless_down(format!("the media host: {error:#}"))
    }

    /// What went wrong while the connection is up; if it is not, that is what went wrong.
    fn unless_down(&self, reason: String) -> EngineError {
        self.online().err().unwrap_or(EngineError::Other(reason))
    }

    /// What went wrong with the connection, unless the session was taken away.
    pub(crate) fn failed(&self, reason: String) -> EngineError {
        self.fence.check().err().map_or(EngineError::NotConnected(reason), EngineError::Fenced)
    }
}

impl Drop for WhatsappLink {
    /// A link that nobody holds any more must not go on by itself.
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

/// Why nothing can be sent there, by the network's code.
fn no_group(code: u16) -> String {
    let why = if matches!(code, 404 | 410) { "there is no such group" } else { "this account is not in the group" };
    format!("{why} (error {code})")
}

fn number_status(phone: &Phone, found: &[IsOnWhatsAppResult]) -> NumberStatus {
    let is = |jid: &EngineJid| jid.is_pn() && jid.user == phone.digits();
    let answer = found.iter().find(|answer| is(&answer.jid) || answer.pn_jid.as_ref().is_some_and(is));
    let lid = answer.and_then(|answer| if answer.jid.is_lid() { Some(&answer.jid) } else { answer.lid.as_ref() });
    NumberStatus {
        phone: phone.clone(),
        on_whatsapp: answer.is_some_and(|answer| answer.is_registered),
        lid: lid.and_then(|lid| lid.user.parse().ok()),
        business: answer.is_some_and(|answer| answer.is_business),
        verified_name: answer.and_then(|answer| answer.verified_name.as_ref()?.name.clone()),
    }
}
