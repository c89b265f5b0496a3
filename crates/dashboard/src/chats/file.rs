//! A file that somebody sends: the body is the file itself, which passes through without being held in memory.

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, header},
};
use futures_util::{StreamExt, TryStreamExt};
use serde::Deserialize;
use switchboard_api::http::{QueryOf, SessionPath};
use switchboard_core::Source;
use switchboard_model::{Content, Media};

use super::{
    Place,
    write::{answering, send as order, shown},
};
use crate::{answer::Answer, visitor::Member};

#[derive(Deserialize)]
pub(super) struct About {
    name: String,
    #[serde(default)]
    caption: String,
    #[serde(default)]
    reply_to: String,
}

pub(super) async fn send(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path(place): Path<Place>,
    QueryOf(about): QueryOf<About>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let mimetype = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut content = content(mimetype, about.name, about.caption);
    let chunks = body.into_data_stream().map_err(std::io::Error::other).boxed();
    let source = Source::Stream { chunks, mimetype: Some(mimetype.to_owned()), name: None };
    visitor.core().attach(&visitor.caller, &id, &mut content, source).await?;
    let accepted = order(&visitor, &id, &place, content, answering(about.reply_to)).await?;
    shown(&visitor, &id, &accepted).await
}

/// As the kind whose files browsers and phones show; as a document otherwise.
fn content(mimetype: &str, name: String, caption: String) -> Content {
    let caption = Some(caption).filter(|caption| !caption.trim().is_empty());
    let media = Media { caption, ..Media::default() };
    match mimetype.split(';').next().unwrap_or_default() {
        "image/jpeg" | "image/png" | "image/webp" | "image/gif" => Content::Image(media),
        "video/mp4" | "video/3gpp" => Content::Video(media),
        "audio/ogg" | "audio/mpeg" | "audio/aac" | "audio/amr" | "audio/wav" | "audio/mp4" => {
            Content::Audio(Media { caption: None, ..media })
        }
        _ => Content::Document(Media { file_name: Some(name).filter(|name| !name.is_empty()), ..media }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_as_what_phones_show_it_as() {
        let kind = |mimetype: &str| content(mimetype, "a.bin".to_owned(), " ".to_owned()).kind().to_owned();
        assert_eq!(kind("image/png"), "image");
        assert_eq!(kind("audio/ogg; codecs=opus"), "audio");
        assert_eq!(kind("image/svg+xml"), "document");
        assert_eq!(kind(""), "document");
    }
}
