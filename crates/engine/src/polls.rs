//! Votes on a poll are opened with its secret. The engine notes the secrets of what it sends a moment after sending; that
//! of a poll is in the database before, so that a process that ends in between takes no vote with it.

use switchboard_core::engine::{EngineError, Transmit};
use wacore::{
    msg_secret::{MsgSecretPolicy, MsgSecretRetention, RetentionClass, expires_at},
    reporting_token::extract_message_secret,
    store::traits::{MsgSecretEntry, MsgSecretStore as _},
};
use waproto::whatsapp as wa;

use crate::{convert, link::WhatsappLink};

impl WhatsappLink {
    pub(crate) async fn keep_poll_secret(&self, message: &Transmit, body: &wa::Message) -> Result<(), EngineError> {
        let (Some(secret), Some(own)) = (poll_secret(body), self.client.pn()) else { return Ok(()) };
        let now = self.clock.now().secs();
        let (policy, retention) = (MsgSecretPolicy::default(), MsgSecretRetention::default());
        let until = expires_at(policy, &retention, RetentionClass::PollEvent, u64::try_from(now).ok(), now);
        let chat = convert::engine_jid(&message.chat);
        let entry = MsgSecretEntry::new(&chat, &own, message.id.0.as_str(), secret, until, now);
        let kept = self.backend.put_msg_secrets(vec![entry]).await;
        kept.map(drop).map_err(|error| EngineError::Other(format!("the poll's secret cannot be stored: {error}")))
    }
}

fn poll_secret(body: &wa::Message) -> Option<[u8; 32]> {
    body.poll_creation_message.as_option().or(body.poll_creation_message_v3.as_option())?;
    extract_message_secret(body)?.try_into().ok()
}
