//! What a person can say with the phone, as the control API takes it, and the message that it becomes.

use serde::Deserialize;
use wacore::poll::{compute_option_hash, encrypt_poll_vote_with_secret};
use wacore::proto_helpers::{MessageExt as _, build_reaction_message};
use waproto::buffa::MessageField;
use waproto::whatsapp::message::{
    ContactMessage, ContactsArrayMessage, ExtendedTextMessage, LiveLocationMessage, LocationMessage,
    PollCreationMessage, PollEncValue, PollUpdateMessage, ProtocolMessage, poll_creation_message,
    protocol_message::Type,
};
use waproto::whatsapp::{self as wa, ContextInfo, MessageKey};

use super::file::ChosenFile;
use super::log::Shown;
use super::{Phone, PhoneError};
use crate::random;

/// By `type`; without one it is a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Said {
    Text {
        text: String,
        link_preview: Option<LinkPreview>,
    },
    Reaction {
        target: String,
        emoji: String,
    },
    Edit {
        target: String,
        text: String,
    },
    Revoke {
        target: String,
    },
    Location {
        latitude: f64,
        longitude: f64,
        name: Option<String>,
        address: Option<String>,
    },
    LiveLocation {
        latitude: f64,
        longitude: f64,
        caption: Option<String>,
        #[serde(default)]
        sequence: i64,
    },
    Contact {
        contacts: Vec<Card>,
    },
    Poll {
        question: String,
        options: Vec<String>,
        #[serde(default)]
        selectable: u32,
    },
    PollVote {
        target: String,
        options: Vec<String>,
    },
    /// Of a kind of file, which goes to the media host first.
    #[serde(skip)]
    File {
        kind: String,
        file: Box<ChosenFile>,
    },
}

#[derive(Clone, Debug, Deserialize)]
pub struct LinkPreview {
    url: String,
    title: Option<String>,
    description: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Card {
    name: String,
    vcard: String,
}

/// What goes along with it.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Along {
    /// The id of a message in the same chat.
    pub reply_to: Option<String>,
    /// JIDs.
    #[serde(default)]
    pub mentions: Vec<String>,
    #[serde(default)]
    pub forwarded: bool,
    pub expires_in: Option<u32>,
}

impl Phone {
    pub(super) fn message_of(
        &self,
        chat: &str,
        said: &Said,
        along: &Along,
        now: u64,
    ) -> Result<wa::Message, PhoneError> {
        let message = self.body_of(chat, said, now)?;
        self.with_context(chat, message, along)
    }

    pub(super) fn with_context(
        &self,
        chat: &str,
        mut message: wa::Message,
        along: &Along,
    ) -> Result<wa::Message, PhoneError> {
        let mut info = ContextInfo {
            mentioned_jid: along.mentions.clone(),
            expiration: along.expires_in,
            is_forwarded: along.forwarded.then_some(true),
            forwarding_score: along.forwarded.then_some(1),
            ..Default::default()
        };
        if let Some(id) = &along.reply_to {
            let quoted = self.shown(chat, id)?;
            info.stanza_id = Some(id.clone());
            info.participant = Some(quoted.message.from.clone());
            let text = wa::Message { conversation: quoted.message.text.clone(), ..Default::default() };
            info.quoted_message = MessageField::some(text);
        }
        if info != ContextInfo::default() {
            message.set_context_info(info);
        }
        Ok(message)
    }

    fn body_of(&self, chat: &str, said: &Said, now: u64) -> Result<wa::Message, PhoneError> {
        Ok(match said {
            Said::Text { text, link_preview: None } => text_of(text),
            Said::Text { text, link_preview: Some(preview) } => linked(text, preview),
            Said::Reaction { target, emoji } => {
                build_reaction_message(self.key(chat, target)?, emoji.as_str(), millis(now))
            }
            Said::Edit { target, text } => {
                let mut edit = self.about(chat, target, Type::MessageEdit)?;
                edit.edited_message = MessageField::some(text_of(text));
                edit.timestamp_ms = Some(millis(now));
                wa::Message { protocol_message: MessageField::some(edit), ..Default::default() }
            }
            Said::Revoke { target } => {
                let revoke = self.about(chat, target, Type::Revoke)?;
                wa::Message { protocol_message: MessageField::some(revoke), ..Default::default() }
            }
            Said::Location { latitude, longitude, name, address } => {
                let place = LocationMessage {
                    degrees_latitude: Some(*latitude),
                    degrees_longitude: Some(*longitude),
                    name: name.clone(),
                    address: address.clone(),
                    ..Default::default()
                };
                wa::Message { location_message: MessageField::some(place), ..Default::default() }
            }
            Said::LiveLocation { latitude, longitude, caption, sequence } => {
                let place = LiveLocationMessage {
                    degrees_latitude: Some(*latitude),
                    degrees_longitude: Some(*longitude),
                    caption: caption.clone(),
                    sequence_number: Some(*sequence),
                    ..Default::default()
                };
                wa::Message { live_location_message: MessageField::some(place), ..Default::default() }
            }
            Said::Contact { contacts } => cards(contacts),
            Said::Poll { question, options, selectable } => poll(question, options, *selectable),
            Said::File { .. } => return Err(PhoneError::CannotOpen("a file goes to the media host first".into())),
            Said::PollVote { target, options } => self.vote(chat, target, options, now)?,
        })
    }

    /// How a message names an earlier one of the same chat.
    fn key(&self, chat: &str, id: &str) -> Result<MessageKey, PhoneError> {
        let target = &self.shown(chat, id)?.message;
        let in_group = chat.ends_with("@g.us");
        Ok(MessageKey {
            remote_jid: Some(chat.to_owned()),
            from_me: Some(target.from_me),
            id: Some(id.to_owned()),
            participant: (in_group && !target.from_me).then(|| target.from.clone()),
        })
    }

    fn about(&self, chat: &str, id: &str, kind: Type) -> Result<ProtocolMessage, PhoneError> {
        let key = MessageField::some(self.key(chat, id)?);
        Ok(ProtocolMessage { key, r#type: Some(kind), ..Default::default() })
    }

    fn vote(&self, chat: &str, id: &str, options: &[String], now: u64) -> Result<wa::Message, PhoneError> {
        let poll = self.shown(chat, id)?;
        let secret = poll.secret.ok_or_else(|| PhoneError::NoPoll(id.to_owned()))?;
        let hashes: Vec<Vec<u8>> = options.iter().map(|option| compute_option_hash(option).to_vec()).collect();
        let (payload, iv) = encrypt_poll_vote_with_secret(&hashes, &secret, id, &poll.message.from, &self.jid())
            .map_err(|error| PhoneError::CannotOpen(error.to_string()))?;
        let vote = PollEncValue { enc_payload: Some(payload), enc_iv: Some(iv.to_vec()) };
        let update = PollUpdateMessage {
            poll_creation_message_key: MessageField::some(self.key(chat, id)?),
            vote: MessageField::some(vote),
            sender_timestamp_ms: Some(millis(now)),
            ..Default::default()
        };
        Ok(wa::Message { poll_update_message: MessageField::some(update), ..Default::default() })
    }

    fn shown(&self, chat: &str, id: &str) -> Result<Shown<'_>, PhoneError> {
        self.log.shown(chat, id).ok_or_else(|| PhoneError::NotShown(id.to_owned()))
    }
}

fn text_of(text: &str) -> wa::Message {
    wa::Message { conversation: Some(text.to_owned()), ..Default::default() }
}

fn linked(text: &str, preview: &LinkPreview) -> wa::Message {
    let text = ExtendedTextMessage {
        text: Some(text.to_owned()),
        matched_text: Some(preview.url.clone()),
        title: preview.title.clone(),
        description: preview.description.clone(),
        ..Default::default()
    };
    wa::Message { extended_text_message: MessageField::some(text), ..Default::default() }
}

fn cards(contacts: &[Card]) -> wa::Message {
    let card = |card: &Card| ContactMessage {
        display_name: Some(card.name.clone()),
        vcard: Some(card.vcard.clone()),
        ..Default::default()
    };
    if let [one] = contacts {
        return wa::Message { contact_message: MessageField::some(card(one)), ..Default::default() };
    }
    let several = ContactsArrayMessage { contacts: contacts.iter().map(card).collect(), ..Default::default() };
    wa::Message { contacts_array_message: MessageField::some(several), ..Default::default() }
}

fn poll(question: &str, options: &[String], selectable: u32) -> wa::Message {
    let option =
        |name: &String| poll_creation_message::Option { option_name: Some(name.clone()), ..Default::default() };
    let creation = PollCreationMessage {
        name: Some(question.to_owned()),
        options: options.iter().map(option).collect(),
        selectable_options_count: Some(selectable),
        ..Default::default()
    };
    let secret = Some(random::bytes::<32>().to_vec());
    wa::Message {
        poll_creation_message: MessageField::some(creation),
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_secret: secret,
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn millis(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}
