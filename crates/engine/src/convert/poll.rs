//! Polls and votes. A vote is sealed with the poll's secret, for the eyes of those who have the poll.

use switchboard_core::engine::{Draft, EngineError};
use switchboard_model::{Content, MessageRef, Party, Poll, PollVote};
use wacore::poll::{
    PollVoteCiphertext, compute_option_hash, decrypt_poll_vote_with_secret, encrypt_poll_vote_with_secret,
};
use waproto::whatsapp::{
    self as wa,
    message::{PollCreationMessage, PollEncValue, PollUpdateMessage, poll_creation_message::Option as Choice},
};
use whatsapp_rust::buffa::MessageField;

use super::{
    content::Reading,
    reference::{self, Scene},
};

/// A vote as it came: it needs the poll's secret.
#[derive(Debug, PartialEq)]
pub(crate) struct SealedVote {
    pub(crate) poll: MessageRef,
    payload: Vec<u8>,
    iv: Vec<u8>,
}

pub(super) fn read(message: &wa::Message) -> Option<Content> {
    let forms = [
        &message.poll_creation_message,
        &message.poll_creation_message_v2,
        &message.poll_creation_message_v3,
        &message.poll_creation_message_v5,
    ];
    let poll = forms.into_iter().find_map(|form| form.as_option())?;
    let option = |choice: &Choice| choice.option_name.clone().unwrap_or_default();
    Some(Content::Poll(Poll {
        question: poll.name.clone().unwrap_or_default(),
        options: poll.options.iter().map(option).collect(),
        selectable: poll.selectable_options_count.unwrap_or_default(),
    }))
}

pub(super) fn read_vote(message: &wa::Message, scene: &Scene) -> Option<Reading> {
    let update = message.poll_update_message.as_option()?;
    let vote = update.vote.as_option()?;
    let poll = reference::read(update.poll_creation_message_key.as_option()?, scene)?;
    let (payload, iv) = (vote.enc_payload.clone()?, vote.enc_iv.clone()?);
    Some(Reading::Vote(SealedVote { poll, payload, iv }))
}

/// One choice and several are two forms on the wire.
pub(super) fn write(poll: &Poll) -> wa::Message {
    let choice = |name: &String| Choice { option_name: Some(name.clone()), ..Default::default() };
    let creation = PollCreationMessage {
        name: Some(poll.question.clone()),
        options: poll.options.iter().map(choice).collect(),
        selectable_options_count: Some(poll.selectable),
        ..Default::default()
    };
    let creation = MessageField::some(creation);
    if poll.selectable == 1 {
        wa::Message { poll_creation_message_v3: creation, ..Default::default() }
    } else {
        wa::Message { poll_creation_message: creation, ..Default::default() }
    }
}

/// Creator and voter are named in the same way, by phone where both have one: the names are part of the key.
pub(super) fn write_vote(vote: &PollVote, secret: &[u8], draft: &Draft<'_>) -> Result<wa::Message, EngineError> {
    let creator = vote.poll.sender.as_ref().unwrap_or(draft.own);
    let Some((creator, voter)) = namings(creator, draft.own).into_iter().next() else {
        return Err(EngineError::Refused(
            "the poll's author is known by another kind of name than this account".to_owned(),
        ));
    };
    let hashes: Vec<Vec<u8>> = vote.options.iter().map(|option| compute_option_hash(option).to_vec()).collect();
    let (payload, iv) = encrypt_poll_vote_with_secret(&hashes, secret, &vote.poll.id.0, &creator, &voter)
        .map_err(|error| EngineError::Other(error.to_string()))?;
    let sealed = PollEncValue { enc_payload: Some(payload), enc_iv: Some(iv.to_vec()) };
    let update = PollUpdateMessage {
        poll_creation_message_key: MessageField::some(reference::write(&vote.poll, draft)),
        vote: MessageField::some(sealed),
        sender_timestamp_ms: Some(draft.at.millis()),
        ..Default::default()
    };
    Ok(wa::Message { poll_update_message: MessageField::some(update), ..Default::default() })
}

/// What was chosen, as digests; `None` if the secret does not fit.
pub(crate) fn open(vote: &SealedVote, secret: &[u8], voter: &Party) -> Option<PollVote> {
    let creator = vote.poll.sender.as_ref()?;
    let sealed = PollVoteCiphertext { enc_payload: &vote.payload, enc_iv: &vote.iv };
    let hashes = namings(creator, voter).into_iter().find_map(|(creator, voter)| {
        decrypt_poll_vote_with_secret(sealed, secret, &vote.poll.id.0, &creator, &voter).ok()
    })?;
    let hashes = hashes.iter().map(hex::encode).collect();
    Some(PollVote { poll: vote.poll.clone(), options: Vec::new(), hashes })
}

/// Both by phone, both by LID: never one so and the other so.
fn namings(creator: &Party, voter: &Party) -> Vec<(String, String)> {
    let by_phone = creator.pn.as_ref().zip(voter.pn.as_ref());
    let by_phone = by_phone.map(|(c, v)| (format!("{c}@s.whatsapp.net"), format!("{v}@s.whatsapp.net")));
    let by_lid = creator.lid.as_ref().zip(voter.lid.as_ref()).map(|(c, v)| (format!("{c}@lid"), format!("{v}@lid")));
    [by_phone, by_lid].into_iter().flatten().collect()
}
