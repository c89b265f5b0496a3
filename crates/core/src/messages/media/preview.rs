//! What an app shows of a file before it is opened: a small picture of an image, the length of a voice note. A file of
//! which neither can be made goes without.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use switchboard_model::MediaKind;

use crate::images;

/// As wide and high as apps make them.
const SIDE: u32 = 72;
/// The last page of an Ogg file begins no further from its end.
const LAST_PAGE: u64 = 65_307;
/// Of Opus, whatever the recording had.
const SAMPLES_PER_SECOND: u64 = 48_000;

#[derive(Default)]
pub(super) struct Preview {
    pub(super) thumbnail: Option<String>,
    pub(super) seconds: Option<u32>,
}

pub(super) async fn make(kind: MediaKind, file: &File) -> Preview {
    let Ok(file) = file.try_clone() else { return Preview::default() };
    let made = match kind {
        MediaKind::Image => images::work(move || thumbnail(file)).await,
        MediaKind::Audio => images::work(move || length(&file)).await,
        _ => Ok(Preview::default()),
    };
    made.unwrap_or_else(|reason| {
        tracing::debug!(reason, "a file goes without a preview");
        Preview::default()
    })
}

fn thumbnail(mut file: File) -> Result<Preview, String> {
    file.seek(SeekFrom::Start(0)).map_err(|error| error.to_string())?;
    let jpeg = images::small_jpeg(BufReader::new(file), SIDE)?;
    Ok(Preview { thumbnail: Some(BASE64_STANDARD.encode(jpeg)), seconds: None })
}

/// An Ogg page says how many samples have been heard at its end; the last one says how many there are.
fn length(file: &File) -> Result<Preview, String> {
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    let from = size.saturating_sub(LAST_PAGE);
    let mut tail = Vec::new();
    At { file, at: from }.read_to_end(&mut tail).map_err(|error| error.to_string())?;
    let page = tail.windows(4).rposition(|window| window == b"OggS").ok_or("no Ogg page")?;
    let samples = tail.get(page + 6..page + 14).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    let seconds = samples.ok_or("a page that is cut short")?.div_ceil(SAMPLES_PER_SECOND);
    Ok(Preview { thumbnail: None, seconds: u32::try_from(seconds).ok().filter(|seconds| *seconds > 0) })
}

/// Reads without moving the place that others read from.
struct At<'a> {
    file: &'a File,
    at: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn holding(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("written");
        file
    }

    #[tokio::test]
    async fn a_voice_note_says_how_long_it_is() {
        let page = |samples: u64| [b"OggS\0\0".as_slice(), &samples.to_le_bytes(), &[0; 20]].concat();
        let note = [page(0), page(48_000), page(48_000 * 3 - 100)].concat();
        assert_eq!(make(MediaKind::Audio, &holding(&note)).await.seconds, Some(3));
        assert_eq!(make(MediaKind::Audio, &holding(b"ID3")).await.seconds, None);
    }

    #[tokio::test]
    async fn only_a_picture_has_a_thumbnail() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(300, 200).write_to(&mut png, image::ImageFormat::Png).expect("written");
        let file = holding(&png.into_inner());
        assert!(make(MediaKind::Image, &file).await.thumbnail.is_some_and(|jpeg| jpeg.starts_with("/9j/")));
        assert_eq!(make(MediaKind::Document, &file).await.thumbnail, None);
        assert_eq!(make(MediaKind::Image, &holding(b"GIF8")).await.thumbnail, None);
    }
}
