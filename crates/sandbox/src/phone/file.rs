//! Files that go with messages: sealed before they leave the phone, opened when its user looks at them.

use serde::{Deserialize, Serialize};
use wacore::download::{DownloadUtils, MediaType};
use wacore::upload::encrypt_media;
use waproto::buffa::MessageField;
use waproto::whatsapp as wa;
use waproto::whatsapp::message::{AudioMessage, DocumentMessage, ImageMessage, StickerMessage, VideoMessage};

use super::PhoneError;
use super::secrets::blob;

/// What opens a file, and where it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileKey {
    pub direct_path: String,
    kind: String,
    #[serde(with = "blob")]
    key: Vec<u8>,
}

/// A file as the user chose it.
#[derive(Clone, Debug, Deserialize)]
pub struct ChosenFile {
    /// In base64.
    pub data: String,
    pub mimetype: Option<String>,
    pub caption: Option<String>,
    pub file_name: Option<String>,
    pub seconds: Option<u32>,
    #[serde(default)]
    pub voice: bool,
    #[serde(default)]
    pub gif: bool,
    #[serde(default)]
    pub view_once: bool,
    /// A JPEG in base64.
    pub thumbnail: Option<String>,
    #[serde(default)]
    pub waveform: Vec<u8>,
}

/// Sealed for the media host, and named by its digest.
pub struct SealedFile {
    pub token: String,
    pub bytes: Vec<u8>,
    pub message: wa::Message,
}

impl FileKey {
    /// The file in the clear.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, PhoneError> {
        let kind = media_type(&self.kind).ok_or_else(|| PhoneError::CannotOpen("no such kind of file".into()))?;
        let opened = DownloadUtils::decrypt_stream(sealed, &self.key, kind);
        opened.map_err(|error| PhoneError::CannotOpen(error.to_string()))
    }
}

/// Where the file of a received message is, if it has one.
pub(super) fn file_key(message: &wa::Message) -> Option<FileKey> {
    macro_rules! key {
        ($field:ident, $kind:literal) => {
            if let Some(file) = message.$field.as_option() {
                let (direct_path, key) = (file.direct_path.clone()?, file.media_key.clone()?);
                return Some(FileKey { direct_path, kind: $kind.into(), key });
            }
        };
    }
    key!(image_message, "image");
    key!(video_message, "video");
    key!(audio_message, "audio");
    key!(document_message, "document");
    key!(sticker_message, "sticker");
    None
}

pub fn seal_file(kind: &str, file: &ChosenFile) -> Result<SealedFile, PhoneError> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let unusable = |what: String| PhoneError::CannotOpen(what);
    let plain = STANDARD.decode(&file.data).map_err(|error| unusable(format!("data is no base64: {error}")))?;
    let media = media_type(kind).ok_or_else(|| unusable(format!("{kind} is no kind of file")))?;
    let sealed = encrypt_media(&plain, media).map_err(|error| unusable(error.to_string()))?;
    let token = URL_SAFE_NO_PAD.encode(sealed.file_enc_sha256);
    let mut message = wa::Message::default();
    macro_rules! filled {
        ($field:ident: $kind:ident, $mimetype:literal, { $($name:ident: $value:expr),* $(,)? }) => {
            message.$field = MessageField::some($kind {
                url: Some(format!("https://media.sandbox/v/{token}")),
                direct_path: Some(format!("/v/{token}")),
                mimetype: Some(file.mimetype.clone().unwrap_or_else(|| $mimetype.into())),
                media_key: Some(sealed.media_key.to_vec()),
                file_sha256: Some(sealed.file_sha256.to_vec()),
                file_enc_sha256: Some(sealed.file_enc_sha256.to_vec()),
                file_length: Some(plain.len() as u64),
                $($name: $value,)*
                ..Default::default()
            })
        };
    }
    let (caption, once) = (file.caption.clone(), file.view_once.then_some(true));
    let thumbnail = file.thumbnail.as_ref().and_then(|text| STANDARD.decode(text).ok());
    let waveform = Some(file.waveform.clone()).filter(|wave| !wave.is_empty());
    match media {
        MediaType::Image => filled!(image_message: ImageMessage, "image/jpeg", {
            caption: caption, view_once: once, jpeg_thumbnail: thumbnail,
        }),
        MediaType::Video => filled!(video_message: VideoMessage, "video/mp4", {
            caption: caption, view_once: once, seconds: file.seconds, gif_playback: file.gif.then_some(true),
            jpeg_thumbnail: thumbnail,
        }),
        MediaType::Audio => filled!(audio_message: AudioMessage, "audio/ogg; codecs=opus", {
            seconds: file.seconds, ptt: Some(file.voice), view_once: once, waveform: waveform,
        }),
        MediaType::Sticker => filled!(sticker_message: StickerMessage, "image/webp", {}),
        _ => filled!(document_message: DocumentMessage, "application/octet-stream", {
            caption: caption, file_name: file.file_name.clone(),
        }),
    }
    if file.view_once {
        let inner = wa::message::FutureProofMessage { message: MessageField::some(message) };
        message = wa::Message { view_once_message: MessageField::some(inner), ..Default::default() };
    }
    Ok(SealedFile { token, bytes: sealed.data_to_upload.to_vec(), message })
}

fn media_type(kind: &str) -> Option<MediaType> {
    Some(match kind {
        "image" => MediaType::Image,
        "video" => MediaType::Video,
        "audio" => MediaType::Audio,
        "document" => MediaType::Document,
        "sticker" => MediaType::Sticker,
        _ => return None,
    })
}
