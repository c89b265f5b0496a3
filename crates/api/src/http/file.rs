//! The file of a message as an answer, streamed. Its sender chose type and name, so neither is believed.

use std::fs::File;

use axum::{
    body::Body,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use switchboard_model::Media;
use tokio_util::io::ReaderStream;

/// What browsers draw or play, and nothing that could run a script.
const SHOWN: [&str; 12] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "video/mp4",
    "video/3gpp",
    "audio/ogg",
    "audio/mpeg",
    "audio/aac",
    "audio/amr",
    "audio/wav",
    "audio/mp4",
];

/// To be saved.
pub fn saved(media: Media, file: File) -> Response {
    let disposition = attachment(media.file_name.as_deref());
    answer(media, file, disposition)
}

/// To be shown within a page; what browsers would not merely show is to be saved all the same.
pub fn shown(media: Media, file: File) -> Response {
    let kind = media.mimetype.split(';').next().unwrap_or_default().trim();
    if SHOWN.contains(&kind) { answer(media, file, "inline".to_owned()) } else { saved(media, file) }
}

fn answer(media: Media, file: File, disposition: String) -> Response {
    let mut headers = HeaderMap::new();
    let mut say = |name, value: String| value.parse().map(|value| headers.insert(name, value)).is_ok();
    let mimetype = if media.mimetype.is_empty() { "application/octet-stream".to_owned() } else { media.mimetype };
    say(header::CONTENT_TYPE, mimetype);
    say(header::CONTENT_LENGTH, media.size.to_string());
    say(header::CONTENT_DISPOSITION, disposition);
    let pieces = ReaderStream::new(tokio::fs::File::from_std(file));
    (headers, Body::from_stream(pieces)).into_response()
}

fn attachment(name: Option<&str>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' };
    let name: String = name.unwrap_or("file").chars().map(plain).take(100).collect();
    format!("attachment; filename=\"{name}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disposition(mimetype: &str) -> String {
        let media =
            Media { mimetype: mimetype.to_owned(), file_name: Some("a\"b.html".to_owned()), ..Media::default() };
        let answer = shown(media, tempfile());
        answer.headers()[header::CONTENT_DISPOSITION].to_str().expect("text").to_owned()
    }

    fn tempfile() -> File {
        File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).expect("this crate has a manifest")
    }

    #[tokio::test]
    async fn only_what_browsers_merely_show_is_shown() {
        assert_eq!(disposition("image/png"), "inline");
        assert_eq!(disposition("audio/ogg; codecs=opus"), "inline");
        for harmful in ["text/html", "image/svg+xml", "application/pdf", "", "image/png\r\nx: y"] {
            assert_eq!(disposition(harmful), "attachment; filename=\"a_b.html\"", "{harmful:?}");
        }
    }
}
