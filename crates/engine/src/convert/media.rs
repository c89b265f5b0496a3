//! Messages that carry a file.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use switchboard_core::engine::EngineError;
use switchboard_model::{Content, Media, MediaKind, RemoteMedia};
use wacore::download::MediaType;
use waproto::whatsapp::{self as wa, message as kinds};
use whatsapp_rust::buffa::MessageField;

const LARGEST_THUMBNAIL: usize = 16 << 10;
const LONGEST_WAVEFORM: usize = 256;

pub(crate) fn media_type(kind: MediaKind) -> MediaType {
    match kind {
        MediaKind::Image => MediaType::Image,
        MediaKind::Video => MediaType::Video,
        MediaKind::Audio => MediaType::Audio,
        MediaKind::Document => MediaType::Document,
        MediaKind::Sticker => MediaType::Sticker,
    }
}

/// What all kinds have, under the same names.
macro_rules! common {
    ($message:expr) => {
        Media {
            mimetype: $message.mimetype.clone().unwrap_or_default(),
            size: $message.file_length.unwrap_or_default(),
            sha256: $message.file_sha256.as_deref().map(hex::encode).unwrap_or_default(),
            remote: Some(RemoteMedia {
                url: $message.url.clone().unwrap_or_default(),
                direct_path: $message.direct_path.clone().unwrap_or_default(),
                key: $message.media_key.as_deref().map(hex::encode).unwrap_or_default(),
                enc_sha256: $message.file_enc_sha256.as_deref().map(hex::encode).unwrap_or_default(),
                key_at: $message.media_key_timestamp.unwrap_or_default(),
            }),
            ..Media::default()
        }
    };
}

macro_rules! filled {
    ($kind:ident, $media:expr, $sealed:expr, { $($field:ident: $value:expr),* $(,)? }) => {
        MessageField::some(kinds::$kind {
            url: Some($sealed.url),
            direct_path: Some($sealed.direct_path),
            media_key: Some($sealed.key),
            file_enc_sha256: Some($sealed.enc_sha256),
            file_sha256: Some($sealed.sha256),
            file_length: Some($media.size),
            mimetype: Some($media.mimetype.clone()),
            media_key_timestamp: Some($sealed.key_at),
            $($field: $value,)*
            ..Default::default()
        })
    };
}

pub(super) fn read(message: &wa::Message) -> Option<Content> {
    if let Some(image) = message.image_message.as_option() {
        let (width, height, caption) = (image.width, image.height, said(&image.caption));
        let thumbnail = small(&image.jpeg_thumbnail);
        return Some(Content::Image(Media { width, height, caption, thumbnail, ..common!(image) }));
    }
    if let Some(video) = message.video_message.as_option().or_else(|| message.ptv_message.as_option()) {
        let (width, height, caption) = (video.width, video.height, said(&video.caption));
        let (seconds, gif) = (video.seconds, video.gif_playback == Some(true));
        let thumbnail = small(&video.jpeg_thumbnail);
        return Some(Content::Video(Media { width, height, caption, seconds, gif, thumbnail, ..common!(video) }));
    }
    if let Some(audio) = message.audio_message.as_option() {
        let (seconds, voice) = (audio.seconds, audio.ptt == Some(true));
        let waveform = audio.waveform.clone().filter(|wave| wave.len() <= LONGEST_WAVEFORM).unwrap_or_default();
        return Some(Content::Audio(Media { seconds, voice, waveform, ..common!(audio) }));
    }
    if let Some(document) = message.document_message.as_option() {
        let (file_name, caption) = (said(&document.file_name), said(&document.caption));
        let thumbnail = small(&document.jpeg_thumbnail);
        return Some(Content::Document(Media { file_name, caption, thumbnail, ..common!(document) }));
    }
    let sticker = message.sticker_message.as_option()?;
    Some(Content::Sticker(Media { width: sticker.width, height: sticker.height, ..common!(sticker) }))
}

pub(super) fn write(content: &Content, media: &Media, view_once: bool) -> Result<wa::Message, EngineError> {
    let sealed = sealed(media).ok_or_else(|| EngineError::Refused("the file is not on the network".to_owned()))?;
    let (caption, view_once) = (media.caption.clone(), view_once.then_some(true));
    let (width, height, seconds) = (media.width, media.height, media.seconds);
    let thumbnail = media.thumbnail.as_deref().and_then(|text| BASE64_STANDARD.decode(text).ok());
    let waveform = Some(media.waveform.clone()).filter(|wave| !wave.is_empty());
    let mut message = wa::Message::default();
    match content {
        Content::Image(_) => {
            message.image_message = filled!(ImageMessage, media, sealed, {
                caption: caption, width: width, height: height, view_once: view_once, jpeg_thumbnail: thumbnail,
            });
        }
        Content::Video(_) => {
            message.video_message = filled!(VideoMessage, media, sealed, {
                caption: caption, width: width, height: height, seconds: seconds, view_once: view_once,
                gif_playback: media.gif.then_some(true), jpeg_thumbnail: thumbnail,
            });
        }
        Content::Audio(_) => {
            message.audio_message = filled!(AudioMessage, media, sealed, {
                seconds: seconds, ptt: Some(media.voice), view_once: view_once, waveform: waveform,
            });
        }
        Content::Sticker(_) => {
            message.sticker_message = filled!(StickerMessage, media, sealed, { width: width, height: height });
        }
        _ => {
            let name = media.file_name.clone();
            message.document_message = filled!(DocumentMessage, media, sealed, {
                caption: caption, title: name.clone(), file_name: name, jpeg_thumbnail: thumbnail,
            });
        }
    }
    Ok(message)
}

struct Sealed {
    url: String,
    direct_path: String,
    key: Vec<u8>,
    enc_sha256: Vec<u8>,
    sha256: Vec<u8>,
    key_at: i64,
}

fn sealed(media: &Media) -> Option<Sealed> {
    let remote = media.remote.as_ref()?;
    Some(Sealed {
        url: remote.url.clone(),
        direct_path: remote.direct_path.clone(),
        key: hex::decode(&remote.key).ok()?,
        enc_sha256: hex::decode(&remote.enc_sha256).ok()?,
        sha256: hex::decode(&media.sha256).ok()?,
        key_at: remote.key_at,
    })
}

/// A stranger's picture is kept with the message only while it is small.
fn small(thumbnail: &Option<Vec<u8>>) -> Option<String> {
    let fitting = thumbnail.as_ref().filter(|jpeg| (1..=LARGEST_THUMBNAIL).contains(&jpeg.len()));
    fitting.map(|jpeg| BASE64_STANDARD.encode(jpeg))
}

fn said(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}
