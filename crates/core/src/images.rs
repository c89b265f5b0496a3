//! Making pictures smaller. They come from anywhere: how much memory one may take is bounded, and how many are worked
//! on at once.

use std::{
    io::{BufRead, Cursor, Seek},
    sync::{Arc, LazyLock},
};

use image::{DynamicImage, ImageReader, Limits, codecs::jpeg::JpegEncoder, imageops::FilterType};
use tokio::sync::Semaphore;

/// Pictures with longer sides are not opened.
const LONGEST_SIDE: u32 = 8_192;
const MOST_MEMORY: u64 = 96 << 20;
const QUALITY: u8 = 80;
/// Whatever the number of sessions.
const AT_ONCE: usize = 2;
static WORKERS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));

/// Runs work on a picture where it holds nobody up.
pub(crate) async fn work<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    // Never closed, so a missing permit means only that it is not counted.
    let permit = Arc::clone(&WORKERS).acquire_owned().await.ok();
    // The work goes on when whoever asked is gone, and is counted for as long.
    let job = move || {
        let _permit = permit;
        job()
    };
    tokio::task::spawn_blocking(job).await.map_err(|error| format!("could not be worked on: {error}"))?
}

/// The middle of a picture, at most so many pixels wide and high.
pub(crate) fn square_jpeg(bytes: &[u8], side: u32) -> Result<Vec<u8>, String> {
    let picture = open(Cursor::new(bytes))?;
    let shorter = picture.width().min(picture.height());
    if shorter == 0 {
        return Err("has no pixels".to_owned());
    }
    let (x, y) = ((picture.width() - shorter) / 2, (picture.height() - shorter) / 2);
    let middle = picture.crop_imm(x, y, shorter, shorter);
    jpeg(&if shorter > side { middle.resize_exact(side, side, FilterType::Triangle) } else { middle })
}

/// The whole picture, small.
pub(crate) fn small_jpeg(source: impl BufRead + Seek, side: u32) -> Result<Vec<u8>, String> {
    jpeg(&open(source)?.thumbnail(side, side))
}

fn open(source: impl BufRead + Seek) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::new(source).with_guessed_format().map_err(|error| error.to_string())?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LONGEST_SIDE), Some(LONGEST_SIDE));
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    reader.decode().map_err(|error| format!("cannot be read as a picture: {error}"))
}

fn jpeg(picture: &DynamicImage) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    // Transparency has no place in a JPEG.
    let opaque = DynamicImage::ImageRgb8(picture.to_rgb8());
    let written = opaque.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY));
    written.map(|()| bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, RgbaImage};

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbaImage::from_pixel(width, height, image::Rgba([200, 10, 10, 128]))
            .write_to(&mut bytes, ImageFormat::Png)
            .expect("written");
        bytes.into_inner()
    }

    fn size(jpeg: &[u8]) -> (u32, u32) {
        let picture = open(Cursor::new(jpeg)).expect("a picture");
        (picture.width(), picture.height())
    }

    #[test]
    fn a_profile_picture_is_the_middle_of_what_was_given() {
        assert_eq!(size(&square_jpeg(&png(1000, 700), 640).expect("a square")), (640, 640));
        assert_eq!(size(&square_jpeg(&png(50, 70), 640).expect("a square")), (50, 50), "never made larger");
    }

    #[tokio::test]
    async fn work_is_counted_after_whoever_asked_has_hung_up() {
        let mut finish = Vec::new();
        for _ in 0..AT_ONCE {
            let (begin, begun) = tokio::sync::oneshot::channel();
            let (end, ended) = std::sync::mpsc::channel::<()>();
            let request = tokio::spawn(work(move || {
                begin.send(()).expect("waited for");
                ended.recv().map_err(|_| "told to end".to_owned())
            }));
            begun.await.expect("begins");
            request.abort();
            assert!(request.await.is_err(), "hung up");
            finish.push(end);
        }
        assert_eq!(WORKERS.available_permits(), 0);
        drop(finish);
        assert_eq!(work(|| Ok(())).await, Ok(()));
    }

    #[test]
    fn a_thumbnail_keeps_its_shape() {
        let small = small_jpeg(Cursor::new(png(1000, 500)), 72).expect("a thumbnail");
        assert_eq!(size(&small), (72, 36));
        assert!(small.starts_with(b"\xff\xd8\xff"));
    }

    #[test]
    fn bombs_and_rubbish_are_not_opened() {
        assert!(small_jpeg(Cursor::new(b"<html>".to_vec()), 72).is_err());
        let mut bomb = png(1, 1);
        bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        assert!(small_jpeg(Cursor::new(bomb), 72).is_err());
    }
}
