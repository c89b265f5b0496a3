//! What a new message must be like before anything is done about it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use switchboard_model::{ContactCard, Content, Context, Jid, LinkPreview, Media, Poll};

use crate::Error;

/// The longest text the network takes.
const LONGEST_TEXT: usize = 65_536;
const LONGEST_CAPTION: usize = 4_096;
const LONGEST_WAVEFORM: usize = 64;
const LARGEST_THUMBNAIL: usize = 16 << 10;
const LONGEST_CARD: usize = 65_536;
const LONGEST_NAME: usize = 1_024;
const LONGEST_EMOJI: usize = 64;
const LONGEST_OPTION: usize = 100;
const LONGEST_QUESTION: usize = 255;
const POLL_OPTIONS: std::ops::RangeInclusive<usize> = 2..=12;
const MOST_SPECTATORS: usize = 1_000;
const MOST_CARDS: usize = 256;
const MOST_MENTIONS: usize = 1_024;
/// The timers that apps offer.
const TIMERS: [u32; 3] = [86_400, 604_800, 7_776_000];

pub(super) fn check_content(content: &Content, context: &Context) -> Result<(), Error> {
    match content {
        Content::Text { text } => said("text", text, LONGEST_TEXT),
        Content::Edit { text, .. } => said("text", text, LONGEST_TEXT),
        Content::Reaction { emoji, .. } => emoji_alone(emoji),
        Content::Location(place) => {
            on_earth(place.latitude, place.longitude)?;
            let words = [("name", &place.name), ("address", &place.address), ("url", &place.url)];
            words.into_iter().try_for_each(|(field, text)| optional(field, text.as_deref()))
        }
        Content::Image(media)
        | Content::Video(media)
        | Content::Audio(media)
        | Content::Document(media)
        | Content::Sticker(media) => file(media),
        Content::LiveLocation(place) => {
            on_earth(place.latitude, place.longitude)?;
            optional("caption", place.caption.as_deref())
        }
        Content::Contact { contacts } => cards(contacts),
        Content::Poll(poll) => poll_can_be_voted_on(poll),
        Content::PollVote(vote) if has_twins(&vote.options) => Err(Error::invalid("options", "names an option twice")),
        Content::Revoke { .. } | Content::PollVote(_) => Ok(()),
        Content::Deleted {} | Content::Unknown { .. } => {
            Err(Error::Unsupported(format!("a message of kind {} cannot be sent", content.kind())))
        }
    }?;
    check_context(content, context)
}

fn check_context(content: &Content, context: &Context) -> Result<(), Error> {
    if content.target().is_some() && !context.is_empty() {
        let reason = format!("nothing of this can go along with a {}", content.kind());
        return Err(Error::invalid("context", reason));
    }
    if context.mentions.len() > MOST_MENTIONS {
        return Err(Error::invalid("mentions", format!("names at most {MOST_MENTIONS} people")));
    }
    if let Some(timer) = context.expires_in.filter(|timer| !TIMERS.contains(timer)) {
        let reason = format!("is {timer} seconds: apps know 86400 (a day), 604800 (a week) and 7776000 (90 days)");
        return Err(Error::invalid("expires_in", reason));
    }
    if context.view_once && !matches!(content, Content::Image(_) | Content::Video(_) | Content::Audio(_)) {
        return Err(Error::invalid("view_once", "goes with an image, a video or a voice note only"));
    }
    match &context.link_preview {
        Some(_) if !matches!(content, Content::Text { .. }) => {
            Err(Error::invalid("link_preview", "goes with a text only"))
        }
        Some(preview) => preview_fits(content, preview),
        None => Ok(()),
    }
}

/// A status goes to those who are named, and nothing else has an audience.
pub(super) fn check_audience(to: &Jid, content: &Content, context: &Context) -> Result<(), Error> {
    let audience = &context.audience;
    if !matches!(to, Jid::Status) {
        return if audience.is_empty() { Ok(()) } else { Err(Error::invalid("audience", "goes with a status only")) };
    }
    if audience.is_empty() || audience.len() > MOST_SPECTATORS {
        return Err(Error::invalid("audience", format!("names the 1 to {MOST_SPECTATORS} people who see the status")));
    }
    if let Some(other) = audience.iter().find(|jid| !matches!(jid, Jid::Phone(_) | Jid::Lid(_))) {
        return Err(Error::invalid("audience", format!("{other} is not a person")));
    }
    match content {
        Content::Text { .. } | Content::Image(_) | Content::Video(_) | Content::Audio(_) => Ok(()),
        other => Err(Error::Unsupported(format!("a {} cannot be a status", other.kind()))),
    }
}

fn file(media: &Media) -> Result<(), Error> {
    if media.remote.is_none() {
        return Err(Error::invalid("url", "is missing: say where the file is, or send it along"));
    }
    media_words(media)
}

/// What can be said of a file before it is there.
pub(super) fn media_words(media: &Media) -> Result<(), Error> {
    media.caption.as_deref().map_or(Ok(()), |caption| fits("caption", caption, LONGEST_CAPTION))?;
    optional("file_name", media.file_name.as_deref())?;
    if media.waveform.len() > LONGEST_WAVEFORM || media.waveform.iter().any(|value| *value > 100) {
        return Err(Error::invalid("waveform", format!("holds at most {LONGEST_WAVEFORM} values from 0 to 100")));
    }
    media.thumbnail.as_deref().map_or(Ok(()), thumbnail)
}

fn thumbnail(text: &str) -> Result<(), Error> {
    let jpeg = BASE64_STANDARD.decode(text).ok().filter(|bytes| bytes.starts_with(b"\xff\xd8\xff"));
    match jpeg {
        Some(jpeg) if jpeg.len() <= LARGEST_THUMBNAIL => Ok(()),
        _ => Err(Error::invalid("thumbnail", "is a JPEG of at most 16 KiB, in base64")),
    }
}

fn preview_fits(content: &Content, preview: &LinkPreview) -> Result<(), Error> {
    if !content.text().is_some_and(|text| text.contains(&preview.url)) {
        return Err(Error::invalid("link_preview.url", "must occur in the text: apps show the preview for that link"));
    }
    optional("link_preview.title", preview.title.as_deref())?;
    optional("link_preview.description", preview.description.as_deref())
}

fn said(field: &str, text: &str, most: usize) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    fits(field, text, most)
}

fn optional(field: &str, text: Option<&str>) -> Result<(), Error> {
    text.map_or(Ok(()), |text| fits(field, text, LONGEST_NAME))
}

fn fits(field: &str, text: &str, most: usize) -> Result<(), Error> {
    if text.len() > most {
        return Err(Error::invalid(field, format!("has {} bytes, at most {most} can be sent", text.len())));
    }
    if text.contains('\0') {
        return Err(Error::invalid(field, "must not contain a NUL character"));
    }
    Ok(())
}

/// One emoji may be many characters; words are not one.
fn emoji_alone(emoji: &str) -> Result<(), Error> {
    let wordy = emoji.chars().any(|c| c.is_ascii_alphabetic() || c.is_whitespace() || c == '\0');
    if emoji.len() > LONGEST_EMOJI || wordy {
        return Err(Error::invalid("emoji", "must be one emoji, or empty to take the reaction back"));
    }
    Ok(())
}

fn on_earth(latitude: f64, longitude: f64) -> Result<(), Error> {
    if !(-90.0..=90.0).contains(&latitude) {
        return Err(Error::invalid("latitude", "must be between -90 and 90"));
    }
    if !(-180.0..=180.0).contains(&longitude) {
        return Err(Error::invalid("longitude", "must be between -180 and 180"));
    }
    Ok(())
}

fn cards(contacts: &[ContactCard]) -> Result<(), Error> {
    if contacts.is_empty() || contacts.len() > MOST_CARDS {
        return Err(Error::invalid("contacts", format!("must hold 1 to {MOST_CARDS} contacts")));
    }
    contacts.iter().try_for_each(|card| {
        said("contacts.name", &card.name, LONGEST_NAME)?;
        said("contacts.vcard", &card.vcard, LONGEST_CARD)?;
        if card.vcard.trim_start().to_ascii_uppercase().starts_with("BEGIN:VCARD") {
            Ok(())
        } else {
            Err(Error::invalid("contacts.vcard", "must be a vCard, from BEGIN:VCARD to END:VCARD"))
        }
    })
}

fn poll_can_be_voted_on(poll: &Poll) -> Result<(), Error> {
    said("question", &poll.question, LONGEST_QUESTION)?;
    if !POLL_OPTIONS.contains(&poll.options.len()) {
        let reason = format!("has {}: a poll has 2 to 12 of them", poll.options.len());
        return Err(Error::invalid("options", reason));
    }
    poll.options.iter().try_for_each(|option| said("options", option, LONGEST_OPTION))?;
    if has_twins(&poll.options) {
        return Err(Error::invalid("options", "must differ from each other"));
    }
    if usize::try_from(poll.selectable).unwrap_or(usize::MAX) > poll.options.len() {
        return Err(Error::invalid("selectable", "is more than there are options"));
    }
    Ok(())
}

fn has_twins(options: &[String]) -> bool {
    let mut seen = std::collections::HashSet::new();
    options.iter().any(|option| !seen.insert(option))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(options: &[&str]) -> Content {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Content::Poll(Poll { question: "Lunch?".to_owned(), options, selectable: 1 })
    }

    fn field(content: &Content) -> Option<String> {
        match check_content(content, &Context::default()) {
            Ok(()) => None,
            Err(Error::Invalid { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_poll_needs_a_real_choice() {
        assert_eq!(field(&poll(&["yes", "no"])), None);
        for bad in [&["yes"][..], &["yes", "yes"], &["yes", ""], &[&"x".repeat(101), "no"]] {
            assert_eq!(field(&poll(bad)).as_deref(), Some("options"));
        }
    }

    #[test]
    fn each_kind_says_which_field_is_wrong() {
        let nowhere = switchboard_model::Location { latitude: 91.0, ..Default::default() };
        assert_eq!(field(&Content::Location(nowhere)).as_deref(), Some("latitude"));
        let card = ContactCard { name: "Ben".to_owned(), vcard: "hello".to_owned() };
        assert_eq!(field(&Content::Contact { contacts: vec![card] }).as_deref(), Some("contacts.vcard"));
        let target = switchboard_model::MessageRef::named(switchboard_model::MessageId("A".to_owned()));
        let emoji = |emoji: &str| Content::Reaction { target: target.clone(), emoji: emoji.to_owned() };
        assert_eq!(field(&emoji("good")).as_deref(), Some("emoji"));
        assert_eq!((field(&emoji("👨‍👩‍👧‍👦")), field(&emoji(""))), (None, None));
    }

    #[test]
    fn a_timer_is_one_that_apps_know() {
        let text = Content::Text { text: "see https://example.org/".to_owned() };
        let with = |expires_in| Context { expires_in: Some(expires_in), ..Context::default() };
        assert!(check_content(&text, &with(86_400)).is_ok());
        assert!(matches!(check_content(&text, &with(5)), Err(Error::Invalid { field, .. }) if field == "expires_in"));
    }
}
