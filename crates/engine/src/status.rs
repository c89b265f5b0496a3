//! Status posts. Who sees one is part of the finished message: every attempt goes to the same people.

use switchboard_core::engine::{Draft, EngineError, Transmit};
use switchboard_model::Jid;
use waproto::{
    codec::{message_decode, message_to_vec},
    whatsapp::{self as wa, message::extended_text_message::FontType},
};
use whatsapp_rust::{Jid as EngineJid, StatusSendOptions, buffa::MessageField};

use crate::{convert, link::WhatsappLink};

/// Apps show words of a status on a ground of this colour.
const GROUND: u32 = 0xff1e_6e4f;

/// The audience, one address a line, in front of the message.
pub(crate) fn finish(draft: &Draft<'_>) -> Result<Vec<u8>, EngineError> {
    let message = convert::finish(draft, None)?;
    let mut message = message_decode(&message).map_err(|error| EngineError::Other(error.to_string()))?;
    on_a_ground(&mut message);
    let audience: Vec<String> = draft.context.audience.iter().map(Jid::to_string).collect();
    let audience = audience.join("\n");
    let length = u32::try_from(audience.len()).map_err(|_| EngineError::Refused("the audience is too large".into()))?;
    Ok([&length.to_be_bytes(), audience.as_bytes(), &message_to_vec(&message)].concat())
}

fn on_a_ground(message: &mut wa::Message) {
    let Some(text) = message.conversation.take() else { return };
    message.extended_text_message = MessageField::some(wa::message::ExtendedTextMessage {
        text: Some(text),
        background_argb: Some(GROUND),
        font: Some(FontType::SYSTEM),
        ..Default::default()
    });
}

fn unpack(finished: &[u8]) -> Option<(Vec<EngineJid>, &[u8])> {
    let (length, rest) = finished.split_first_chunk::<4>()?;
    let (audience, message) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let people = std::str::from_utf8(audience).ok()?.lines();
    let people = people.map(|line| line.parse::<Jid>().ok().map(|jid| convert::engine_jid(&jid)));
    Some((people.collect::<Option<_>>()?, message))
}

impl WhatsappLink {
    pub(crate) async fn post_status(&self, message: &Transmit) -> Result<(), EngineError> {
        let damaged = || EngineError::Refused("the stored status cannot be read".to_owned());
        let (people, body) = unpack(&message.finished).ok_or_else(damaged)?;
        let body = message_decode(body).map_err(|_| damaged())?;
        let options = StatusSendOptions { message_id: Some(message.id.0.clone()), ..StatusSendOptions::default() };
        let sent = self.client.status().send_raw(body, &people, options).await;
        sent.map(|_| ()).map_err(|error| self.explain(error))
    }
}

#[cfg(test)]
mod tests {
    use switchboard_model::{Content, Context, Party, Timestamp};

    use super::*;

    #[test]
    fn the_audience_travels_with_the_message() {
        let audience: Vec<Jid> = vec!["15550000002".parse().unwrap(), "1000001@lid".parse().unwrap()];
        let context = Context { audience, ..Context::default() };
        let (session, content) = ("s".parse().unwrap(), Content::Text { text: "hello all".to_owned() });
        let own = Party::from("15550000001".parse::<Jid>().unwrap());
        let draft = Draft {
            session: &session,
            chat: &Jid::Status,
            own: &own,
            at: Timestamp::from_secs(1),
            content: &content,
            context: &context,
        };
        let finished = finish(&draft).unwrap();
        let (people, message) = unpack(&finished).unwrap();
        assert_eq!(people, [EngineJid::pn("15550000002"), EngineJid::lid("1000001")]);
        let message = message_decode(message).unwrap();
        assert_eq!(message.extended_text_message.text.as_deref(), Some("hello all"));
        assert!(unpack(&finished[..3]).is_none());
    }
}
