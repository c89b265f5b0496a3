//! What a message carries, and what goes along with it.

use serde::{Deserialize, Serialize};

use crate::{Jid, MessageId, Party};

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    Text {
        text: String,
    },
    /// An answer to a message in one emoji; an empty one takes the answer back.
    Reaction {
        target: MessageRef,
        emoji: String,
    },
    /// Other words for a message sent before.
    Edit {
        target: MessageRef,
        text: String,
    },
    /// Deletes a message for everyone.
    Revoke {
        target: MessageRef,
    },
    Image(Media),
    Video(Media),
    /// A recording, or a voice note.
    Audio(Media),
    Document(Media),
    Sticker(Media),
    Location(Location),
    LiveLocation(LiveLocation),
    Contact {
        contacts: Vec<ContactCard>,
    },
    Poll(Poll),
    PollVote(PollVote),
    /// What is left of a message that its author or an admin deleted for everyone.
    Deleted {},
    /// A kind this gateway does not read yet: named, so that nothing vanishes.
    Unknown {
        kind: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    Document,
    Sticker,
}

/// A file that goes with a message. Which fields there are depends on its kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Media {
    pub mimetype: String,
    /// In bytes.
    #[serde(default)]
    pub size: u64,
    /// In hexadecimal.
    #[serde(default)]
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// How long it plays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// A voice note rather than a recording.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
    /// A video that plays by itself, over and over, without sound.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gif: bool,
    /// A small JPEG of it, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
    /// How loud a voice note is over its time: 64 values up to 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waveform: Vec<u8>,
    /// Where the network keeps it and what opens it. Never shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemoteMedia>,
}

/// Where the network keeps a file, sealed, and the key to it. Digests and key in hexadecimal.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct RemoteMedia {
    pub url: String,
    pub direct_path: String,
    pub key: String,
    pub enc_sha256: String,
    /// When the key was made, in seconds.
    pub key_at: i64,
}

impl std::fmt::Debug for RemoteMedia {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RemoteMedia(…)")
    }
}

/// An earlier message that this one is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageRef {
    pub id: MessageId,
    /// Whether this account wrote it.
    #[serde(default)]
    pub from_me: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Party>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One position of somebody who moves; later ones have a higher `sequence`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LiveLocation {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_meters: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f32>,
    /// Clockwise from north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading_degrees: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    #[serde(default)]
    pub sequence: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactCard {
    pub name: String,
    /// The card itself, in the vCard format.
    pub vcard: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Poll {
    pub question: String,
    pub options: Vec<String>,
    /// How many options one person may choose; 0 is any number.
    #[serde(default)]
    pub selectable: u32,
}

/// What somebody chose; it replaces that person's earlier choice. Nothing chosen takes the vote back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PollVote {
    pub poll: MessageRef,
    pub options: Vec<String>,
    /// Choices whose words are not known here, as the network names them: the poll came before this gateway listened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<String>,
}

/// What goes along with any kind of message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// The message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<Quote>,
    /// Who is mentioned by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Jid>,
    /// How often it was forwarded; `None` is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<u32>,
    /// Disappears this many seconds after it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_preview: Option<LinkPreview>,
    /// May be looked at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub view_once: bool,
    /// Who sees a status post.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<Jid>,
    /// In a newsletter: the network's own number of the post that this is, or is a reaction to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    #[serde(flatten)]
    pub message: MessageRef,
    /// What it said, as far as the answer repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Box<Content>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkPreview {
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Content {
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Reaction { .. } => "reaction",
            Self::Edit { .. } => "edit",
            Self::Revoke { .. } => "revoke",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Audio(_) => "audio",
            Self::Document(_) => "document",
            Self::Sticker(_) => "sticker",
            Self::Location(_) => "location",
            Self::LiveLocation(_) => "live_location",
            Self::Contact { .. } => "contact",
            Self::Poll(_) => "poll",
            Self::PollVote(_) => "poll_vote",
            Self::Deleted {} => "deleted",
            Self::Unknown { kind } => kind,
        }
    }

    /// What stands for a content that the session's settings do not let be stored.
    pub const NOT_STORED: &str = "not_stored";

    #[must_use]
    pub fn not_stored() -> Self {
        Self::Unknown { kind: Self::NOT_STORED.to_owned() }
    }

    /// The kinds that have a [`target`](Self::target).
    pub const ABOUT_OTHERS: [&str; 4] = ["reaction", "edit", "revoke", "poll_vote"];

    /// The words a person reads, where there are any.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text } | Self::Edit { text, .. } => Some(text),
            Self::LiveLocation(place) => place.caption.as_deref(),
            Self::Location(place) => place.name.as_deref(),
            Self::Poll(poll) => Some(&poll.question),
            _ if self.media().is_some() => self.media().and_then(|(_, media)| media.caption.as_deref()),
            _ => None,
        }
    }

    /// The file that goes with it.
    #[must_use]
    pub fn media(&self) -> Option<(MediaKind, &Media)> {
        Some(match self {
            Self::Image(media) => (MediaKind::Image, media),
            Self::Video(media) => (MediaKind::Video, media),
            Self::Audio(media) => (MediaKind::Audio, media),
            Self::Document(media) => (MediaKind::Document, media),
            Self::Sticker(media) => (MediaKind::Sticker, media),
            _ => return None,
        })
    }

    pub fn media_mut(&mut self) -> Option<&mut Media> {
        match self {
            Self::Image(media)
            | Self::Video(media)
            | Self::Audio(media)
            | Self::Document(media)
            | Self::Sticker(media) => Some(media),
            _ => None,
        }
    }

    /// The earlier message that this one changes or judges. Such messages are no part of a conversation's text.
    #[must_use]
    pub fn target(&self) -> Option<&MessageRef> {
        match self {
            Self::Reaction { target, .. } | Self::Edit { target, .. } | Self::Revoke { target } => Some(target),
            Self::PollVote(vote) => Some(&vote.poll),
            _ => None,
        }
    }

    pub fn target_mut(&mut self) -> Option<&mut MessageRef> {
        match self {
            Self::Reaction { target, .. } | Self::Edit { target, .. } | Self::Revoke { target } => Some(target),
            Self::PollVote(vote) => Some(&mut vote.poll),
            _ => None,
        }
    }
}

impl MessageRef {
    /// A message of which only the name is known so far.
    #[must_use]
    pub fn named(id: MessageId) -> Self {
        Self { id, from_me: false, sender: None }
    }
}

impl Context {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_the_type_it_is_written_under() {
        let target = MessageRef::named(MessageId("A".to_owned()));
        let all = [
            Content::Text { text: "x".to_owned() },
            Content::Reaction { target: target.clone(), emoji: "👍".to_owned() },
            Content::Edit { target: target.clone(), text: "y".to_owned() },
            Content::Revoke { target: target.clone() },
            Content::Image(Media::default()),
            Content::Video(Media::default()),
            Content::Audio(Media::default()),
            Content::Document(Media::default()),
            Content::Sticker(Media::default()),
            Content::Location(Location::default()),
            Content::LiveLocation(LiveLocation::default()),
            Content::Contact { contacts: Vec::new() },
            Content::Poll(Poll { question: "?".to_owned(), options: Vec::new(), selectable: 1 }),
            Content::PollVote(PollVote { poll: target, options: Vec::new(), hashes: Vec::new() }),
            Content::Deleted {},
        ];
        for content in all {
            let json = serde_json::to_value(&content).expect("serialises");
            assert_eq!(json["type"], content.kind());
            assert_eq!(content.target().is_some(), Content::ABOUT_OTHERS.contains(&content.kind()));
            assert_eq!(serde_json::from_value::<Content>(json).expect("parses"), content);
        }
    }
}
