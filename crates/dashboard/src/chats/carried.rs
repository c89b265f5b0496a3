//! What a message carries, as its bubble shows it.

use switchboard_model::{Content, Later, Location, Media, MediaKind, Poll};

use crate::{
    show,
    text::{Text, fill},
};

/// The largest picture in a conversation, in pixels.
const LARGEST: (u32, u32) = (320, 320);
/// For what does not say how large it is.
const USUAL: (u32, u32) = (320, 240);

pub(super) enum Carried {
    Text(String),
    File(File),
    /// A place or people, line by line.
    Lines(Vec<String>),
    Poll {
        question: String,
        /// Each with how many chose it.
        options: Vec<(String, usize)>,
    },
    /// No words of its own, but said what it is.
    Bare(String),
}

pub(super) struct File {
    pub(super) look: Look,
    pub(super) caption: Option<String>,
}

/// The space is kept before the file is there, so that nothing moves when it comes.
pub(super) enum Look {
    Image { width: u32, height: u32, small: bool },
    Video { width: u32, height: u32 },
    Audio,
    Document { name: String, size: String },
}

impl Carried {
    pub(super) fn of(t: &'static Text, content: &Content, later: &Later) -> Self {
        match content {
            Content::Text { text } => Self::Text(text.clone()),
            Content::Location(place) => Self::Lines(lines(place)),
            Content::LiveLocation(place) => Self::Lines(vec![position(place.latitude, place.longitude)]),
            Content::Contact { contacts } => Self::Lines(contacts.iter().map(|card| card.name.clone()).collect()),
            Content::Poll(poll) => Self::Poll { question: poll.question.clone(), options: counted(poll, later) },
            Content::Deleted {} => Self::Bare(t.message_deleted.to_owned()),
            other => match other.media() {
                Some((kind, media)) => Self::File(File::of(t, kind, media)),
                None => Self::Bare(show::content(t, other)),
            },
        }
    }
}

impl File {
    fn of(t: &'static Text, kind: MediaKind, media: &Media) -> Self {
        let (width, height) = fit(media.width, media.height);
        let look = match kind {
            MediaKind::Image => Look::Image { width, height, small: false },
            MediaKind::Sticker => Look::Image { width: 128, height: 128, small: true },
            MediaKind::Video => Look::Video { width, height },
            MediaKind::Audio => Look::Audio,
            MediaKind::Document => Look::Document {
                name: media.file_name.clone().unwrap_or_else(|| t.chat_document.to_owned()),
                size: show::size(media.size),
            },
        };
        Self { look, caption: media.caption.clone().filter(|caption| !caption.is_empty()) }
    }
}

/// A file in a few words, for where it is only spoken of.
pub(super) fn gist(t: &'static Text, content: &Content) -> String {
    match (content, content.text()) {
        (Content::Deleted {}, _) => t.message_deleted.to_owned(),
        (_, Some(text)) => text.to_owned(),
        (Content::Image(_), _) => t.chat_image.to_owned(),
        (Content::Video(_), _) => t.chat_video.to_owned(),
        (Content::Audio(_), _) => t.chat_audio.to_owned(),
        (Content::Sticker(_), _) => t.chat_sticker.to_owned(),
        (Content::Document(media), _) => media.file_name.clone().unwrap_or_else(|| t.chat_document.to_owned()),
        (other, _) => fill(t.message_of_kind, &[other.kind()]),
    }
}

fn lines(place: &Location) -> Vec<String> {
    let words = [place.name.clone(), place.address.clone()].into_iter().flatten().filter(|line| !line.is_empty());
    words.chain([position(place.latitude, place.longitude)]).collect()
}

fn position(latitude: f64, longitude: f64) -> String {
    format!("{latitude:.5}, {longitude:.5}")
}

fn counted(poll: &Poll, later: &Later) -> Vec<(String, usize)> {
    let votes = |option: &String| later.votes.iter().filter(|vote| vote.options.contains(option)).count();
    poll.options.iter().map(|option| (option.clone(), votes(option))).collect()
}

/// As large as it is, but no larger than fits.
fn fit(width: Option<u32>, height: Option<u32>) -> (u32, u32) {
    let (Some(width @ 1..), Some(height @ 1..)) = (width, height) else { return USUAL };
    let (wide, high) = (u64::from(width), u64::from(height));
    let (most_wide, most_high) = (u64::from(LARGEST.0), u64::from(LARGEST.1));
    if wide <= most_wide && high <= most_high {
        return (width, height);
    }
    let (wide, high) = if wide * most_high > high * most_wide {
        (most_wide, high * most_wide / wide)
    } else {
        (wide * most_high / high, most_high)
    };
    let pixels = |size: u64| u32::try_from(size.max(24)).unwrap_or(LARGEST.0);
    (pixels(wide), pixels(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_and_fits() {
        assert_eq!(fit(Some(200), Some(100)), (200, 100));
        assert_eq!(fit(Some(4000), Some(3000)), (320, 240));
        assert_eq!(fit(Some(1000), Some(2000)), (160, 320));
        assert_eq!(fit(Some(u32::MAX), Some(1)), (320, 24));
        assert_eq!(fit(None, Some(10)), USUAL);
        assert_eq!(fit(Some(0), Some(0)), USUAL);
    }
}
