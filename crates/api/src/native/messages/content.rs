//! What a new message carries, as `/v1` takes it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use switchboard_core::{Error, Source};
use switchboard_model::{
    AddressError, Content as ModelContent, Context, Jid, LinkPreview as ModelPreview, LiveLocation, Location, Media,
    MessageId, MessageRef, Poll, PollVote, Quote,
};
use utoipa::ToSchema;

/// By `type`. `target` is the id of an earlier message in the same conversation.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Content {
    Text {
        text: String,
    },
    /// One emoji to a message; an empty one takes the reaction back.
    Reaction {
        target: String,
        #[schema(example = "👍")]
        emoji: String,
    },
    /// Other words for an own text, within 15 minutes.
    Edit {
        target: String,
        text: String,
    },
    /// Delete a message for everyone, within 60 hours.
    Revoke {
        target: String,
    },
    Image(File),
    Video(File),
    Audio(File),
    Document(File),
    /// A picture in the WebP format.
    Sticker(File),
    Location {
        latitude: f64,
        longitude: f64,
        name: Option<String>,
        address: Option<String>,
        url: Option<String>,
    },
    LiveLocation {
        latitude: f64,
        longitude: f64,
        accuracy_meters: Option<u32>,
        speed_mps: Option<f32>,
        heading_degrees: Option<u32>,
        caption: Option<String>,
        #[serde(default)]
        sequence: i64,
    },
    Contact {
        contacts: Vec<Card>,
    },
    Poll {
        question: String,
        /// 2 to 12 of them.
        options: Vec<String>,
        /// How many options one person may choose; 0 is any number, 1 the default.
        #[serde(default = "one")]
        selectable: u32,
    },
    /// Replaces an earlier vote; no options take it back.
    PollVote {
        target: String,
        options: Vec<String>,
    },
}

/// A file, by address or in the request itself. Larger ones go to `/v1/sessions/{id}/files`.
#[derive(Deserialize, ToSchema)]
pub(super) struct File {
    /// Fetched from there, up to 100 MiB. Redirects are not followed.
    url: Option<String>,
    /// In base64.
    data: Option<String>,
    caption: Option<String>,
    /// For documents.
    file_name: Option<String>,
    /// How long it plays.
    seconds: Option<u32>,
    /// Audio: a voice note.
    #[serde(default)]
    voice: bool,
    /// Video: plays by itself, over and over.
    #[serde(default)]
    gif: bool,
    /// A small JPEG in base64, at most 16 KiB. Images get one by themselves; videos and documents only this way.
    thumbnail: Option<String>,
    /// How loud a voice note is over its time: up to 64 values from 0 to 100. Apps draw it; without it they draw a line.
    #[serde(default)]
    waveform: Vec<u8>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FileKind {
    Image,
    Video,
    Audio,
    Document,
    Sticker,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Card {
    name: String,
    /// From `BEGIN:VCARD` to `END:VCARD`.
    vcard: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct LinkPreview {
    /// As it stands in the text.
    url: String,
    title: Option<String>,
    description: Option<String>,
}

impl Content {
    /// What it says, and where the file is that goes with it.
    pub(super) fn split(self) -> Result<(ModelContent, Option<Source>), Error> {
        let (kind, file) = match self {
            Self::Image(file) => (FileKind::Image, file),
            Self::Video(file) => (FileKind::Video, file),
            Self::Audio(file) => (FileKind::Audio, file),
            Self::Document(file) => (FileKind::Document, file),
            Self::Sticker(file) => (FileKind::Sticker, file),
            other => return Ok((other.into(), None)),
        };
        let (source, media) = file.split()?;
        Ok((kind.content(media), source))
    }

    /// Whether a file has to come along with it, in a request of several parts.
    pub(super) fn lacks_file(&self) -> bool {
        match self {
            Self::Image(file) | Self::Video(file) | Self::Audio(file) | Self::Document(file) | Self::Sticker(file) => {
                file.url.is_none() && file.data.is_none()
            }
            _ => false,
        }
    }
}

impl File {
    /// Where it is, and what is said of it.
    fn split(self) -> Result<(Option<Source>, Media), Error> {
        let source = match (self.url, self.data) {
            (Some(url), None) => Some(Source::Url(url)),
            (None, Some(data)) => {
                let bytes = BASE64_STANDARD.decode(data.trim());
                Some(Source::Bytes(bytes.map_err(|_| Error::invalid("content.data", "is no base64"))?))
            }
            (None, None) => None,
            (Some(_), Some(_)) => return Err(Error::invalid("content.url", "give either `url` or `data`")),
        };
        let Self { caption, file_name, seconds, voice, gif, thumbnail, waveform, .. } = self;
        Ok((source, Media { caption, file_name, seconds, voice, gif, thumbnail, waveform, ..Media::default() }))
    }
}

impl FileKind {
    pub(super) fn content(self, media: Media) -> ModelContent {
        match self {
            Self::Image => ModelContent::Image(media),
            Self::Video => ModelContent::Video(media),
            Self::Audio => ModelContent::Audio(media),
            Self::Document => ModelContent::Document(media),
            Self::Sticker => ModelContent::Sticker(media),
        }
    }
}

impl From<Content> for ModelContent {
    fn from(content: Content) -> Self {
        match content {
            Content::Image(_) | Content::Video(_) | Content::Audio(_) | Content::Document(_) | Content::Sticker(_) => {
                Self::Unknown { kind: "file".to_owned() }
            }
            Content::Text { text } => Self::Text { text },
            Content::Reaction { target, emoji } => Self::Reaction { target: named(target), emoji },
            Content::Edit { target, text } => Self::Edit { target: named(target), text },
            Content::Revoke { target } => Self::Revoke { target: named(target) },
            Content::Location { latitude, longitude, name, address, url } => {
                Self::Location(Location { latitude, longitude, name, address, url })
            }
            Content::LiveLocation {
                latitude,
                longitude,
                accuracy_meters,
                speed_mps,
                heading_degrees,
                caption,
                sequence,
            } => Self::LiveLocation(LiveLocation {
                latitude,
                longitude,
                accuracy_meters,
                speed_mps,
                heading_degrees,
                caption,
                sequence,
            }),
            Content::Contact { contacts } => Self::Contact { contacts: contacts.into_iter().map(Into::into).collect() },
            Content::Poll { question, options, selectable } => Self::Poll(Poll { question, options, selectable }),
            Content::PollVote { target, options } => {
                Self::PollVote(PollVote { poll: named(target), options, hashes: Vec::new() })
            }
        }
    }
}

impl From<Card> for switchboard_model::ContactCard {
    fn from(Card { name, vcard }: Card) -> Self {
        Self { name, vcard }
    }
}

/// What goes along with any kind of message.
pub(super) fn context(
    reply_to: Option<String>,
    mentions: &[String],
    forwarded: bool,
    expires_in: Option<u32>,
    link_preview: Option<LinkPreview>,
) -> Result<Context, Error> {
    let jid = |text: &String| {
        text.parse::<Jid>().map_err(|error: AddressError| Error::invalid("mentions", error.to_string()))
    };
    Ok(Context {
        quoted: reply_to.map(|id| Quote { message: named(id), content: None }),
        mentions: mentions.iter().map(jid).collect::<Result<_, _>>()?,
        forwarded: forwarded.then_some(1),
        expires_in,
        link_preview: link_preview.map(Into::into),
        view_once: false,
        audience: Vec::new(),
        post: None,
    })
}

impl From<LinkPreview> for ModelPreview {
    fn from(LinkPreview { url, title, description }: LinkPreview) -> Self {
        Self { url, title, description }
    }
}

fn named(id: String) -> MessageRef {
    MessageRef::named(MessageId(id))
}

fn one() -> u32 {
    1
}
