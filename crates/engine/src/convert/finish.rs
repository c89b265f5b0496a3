//! The bytes that every attempt to send a message uses.

use switchboard_core::engine::{Draft, EngineError};
use switchboard_model::{Content, Jid};
use waproto::whatsapp as wa;
use whatsapp_rust::buffa::MessageField;

use super::{contact, context, location, media, poll, protocol, reaction};

/// Votes, edits and reports are sealed with the message's secret, so it belongs to the message: the engine keeps the
/// one that it finds and invents another when there is none. `poll_secret` is that of the poll voted on.
pub(crate) fn finish(draft: &Draft<'_>, poll_secret: Option<&[u8]>) -> Result<Vec<u8>, EngineError> {
    let mut message = body(draft, poll_secret)?;
    context::write(&mut message, draft);
    if draft.context.view_once {
        message = once(message);
    }
    if matches!(draft.chat, Jid::Newsletter(_)) {
        // Everybody can read it: there is nothing to seal.
        return Ok(waproto::codec::message_to_vec(&message));
    }
    let mut secret = [0u8; 32];
    getrandom::fill(&mut secret).map_err(|error| EngineError::Other(format!("no randomness: {error}")))?;
    let context = wa::MessageContextInfo { message_secret: Some(secret.to_vec()), ..Default::default() };
    message.message_context_info = MessageField::some(context);
    Ok(waproto::codec::message_to_vec(&message))
}

/// Apps open it one time.
fn once(message: wa::Message) -> wa::Message {
    let inner = wa::message::FutureProofMessage { message: MessageField::some(message) };
    wa::Message { view_once_message: MessageField::some(inner), ..Default::default() }
}

/// The content alone.
pub(super) fn body(draft: &Draft<'_>, poll_secret: Option<&[u8]>) -> Result<wa::Message, EngineError> {
    Ok(match draft.content {
        Content::Text { text } => wa::Message { conversation: Some(text.clone()), ..Default::default() },
        Content::Reaction { target, emoji } => reaction::write(target, emoji, draft),
        Content::Edit { target, text } => protocol::write_edit(target, text, draft),
        Content::Revoke { target } => protocol::write_revoke(target, draft),
        Content::Image(file)
        | Content::Video(file)
        | Content::Audio(file)
        | Content::Document(file)
        | Content::Sticker(file) => media::write(draft.content, file, draft.context.view_once)?,
        Content::Location(place) => location::write(place),
        Content::LiveLocation(place) => location::write_live(place),
        Content::Contact { contacts } => contact::write(contacts),
        Content::Poll(poll) => poll::write(poll),
        Content::PollVote(vote) => {
            let reason = "the poll's secret is not known here: it came before this session was linked, or is an own poll that was not sent yet";
            let secret = poll_secret.ok_or_else(|| EngineError::Refused(reason.to_owned()))?;
            poll::write_vote(vote, secret, draft)?
        }
        other @ (Content::Deleted {} | Content::Unknown { .. }) => {
            return Err(EngineError::Refused(format!("a message of kind `{}` cannot be sent", other.kind())));
        }
    })
}
