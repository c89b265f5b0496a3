//! What a file really is: by its first bytes, not by what somebody calls it.

use switchboard_model::MediaKind;

use super::source::Taken;
use crate::Error;

/// Larger pictures are made to exhaust whoever opens them.
const MOST_PIXELS: u64 = 50_000_000;

#[derive(Debug)]
pub(super) struct Found {
    pub(super) mimetype: String,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
}

pub(super) fn look(kind: MediaKind, taken: &Taken) -> Result<Found, Error> {
    let real = magic(&taken.head);
    let fitting: &[&str] = match kind {
        MediaKind::Image => &["image/jpeg", "image/png", "image/webp", "image/gif"],
        MediaKind::Sticker => &["image/webp"],
        MediaKind::Video => &["video/mp4", "video/3gpp"],
        MediaKind::Audio => {
            &["audio/ogg", "audio/mpeg", "audio/aac", "audio/amr", "audio/wav", "audio/mp4", "video/mp4"]
        }
        MediaKind::Document => {
            let stated = taken.mimetype.clone().filter(|stated| !stated.is_empty() && stated.len() <= 128);
            let mimetype = stated.or(real.map(str::to_owned)).unwrap_or_else(|| "application/octet-stream".to_owned());
            return Ok(Found { mimetype, width: None, height: None });
        }
    };
    let Some(real) = real.filter(|real| fitting.contains(real)) else {
        let is = real.unwrap_or("nothing that is known");
        return Err(Error::invalid(
            "file",
            format!("is {is} by its first bytes; this kind takes {}", fitting.join(", ")),
        ));
    };
    let size = dimensions(&taken.head);
    if let Some((width, height)) = size
        && u64::from(width) * u64::from(height) > MOST_PIXELS
    {
        let reason = format!("is {width} × {height} pixels: at most {} million can be sent", MOST_PIXELS / 1_000_000);
        return Err(Error::invalid("file", reason));
    }
    let mimetype = match (kind, real) {
        (MediaKind::Audio, "video/mp4") => "audio/mp4",
        (MediaKind::Audio, "audio/ogg") => "audio/ogg; codecs=opus",
        (_, real) => real,
    };
    Ok(Found {
        mimetype: mimetype.to_owned(),
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
    })
}

fn magic(head: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, bytes: &[u8]| head.get(offset..offset + bytes.len()) == Some(bytes);
    Some(match () {
        () if at(0, b"\xff\xd8\xff") => "image/jpeg",
        () if at(0, b"\x89PNG\r\n\x1a\n") => "image/png",
        () if at(0, b"GIF8") => "image/gif",
        () if at(0, b"RIFF") && at(8, b"WEBP") => "image/webp",
        () if at(0, b"RIFF") && at(8, b"WAVE") => "audio/wav",
        () if at(4, b"ftyp3gp") => "video/3gpp",
        () if at(4, b"ftypM4A") => "audio/mp4",
        () if at(4, b"ftyp") => "video/mp4",
        () if at(0, b"OggS") => "audio/ogg",
        () if at(0, b"ID3") => "audio/mpeg",
        () if at(0, b"#!AMR") => "audio/amr",
        () if head.first() == Some(&0xff) && head.get(1).is_some_and(|byte| byte & 0xf6 == 0xf0) => "audio/aac",
        () if head.first() == Some(&0xff) && head.get(1).is_some_and(|byte| byte & 0xe0 == 0xe0) => "audio/mpeg",
        () if at(0, b"%PDF-") => "application/pdf",
        () => return None,
    })
}

/// Width and height as a picture's header states them; nothing is decoded.
fn dimensions(head: &[u8]) -> Option<(u32, u32)> {
    let be32 = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    let le16 = |at: usize| Some(u32::from(u16::from_le_bytes(head.get(at..at + 2)?.try_into().ok()?)));
    let le24 = |at: usize| Some(le16(at)? | u32::from(*head.get(at + 2)?) << 16);
    match magic(head)? {
        "image/png" => Some((be32(16)?, be32(20)?)),
        "image/gif" => Some((le16(6)?, le16(8)?)),
        "image/webp" => match head.get(12..16)? {
            b"VP8X" => Some((le24(24)? + 1, le24(27)? + 1)),
            b"VP8 " => Some((le16(26)? & 0x3fff, le16(28)? & 0x3fff)),
            b"VP8L" => {
                let bits = le16(21)? | le16(23)? << 16;
                Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
            }
            _ => None,
        },
        "image/jpeg" => jpeg(head),
        _ => None,
    }
}

/// Walks the segments up to the frame header.
fn jpeg(head: &[u8]) -> Option<(u32, u32)> {
    let be16 = |at: usize| Some(u16::from_be_bytes(head.get(at..at + 2)?.try_into().ok()?));
    let mut at = 2;
    loop {
        let marker = *head.get(at + 1)?;
        if *head.get(at)? != 0xff {
            return None;
        }
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            return Some((be16(at + 7)?.into(), be16(at + 5)?.into()));
        }
        at += 2 + usize::from(be16(at + 2)?);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(head: &[u8]) -> Taken {
        let file = tempfile::tempfile().expect("a temporary file");
        Taken { file, head: head.to_vec(), mimetype: Some("image/png".to_owned()), name: None }
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes()].concat()
    }

    #[test]
    fn a_picture_is_known_by_its_bytes_and_measured() {
        let found = look(MediaKind::Image, &taken(&png(640, 480))).unwrap();
        assert_eq!((found.mimetype.as_str(), found.width, found.height), ("image/png", Some(640), Some(480)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04\0\0\xff\xc0\0\x0b\x08\x01\xe0\x02\x80";
        assert_eq!(look(MediaKind::Image, &taken(jpeg)).unwrap().width, Some(640));
    }

    #[test]
    fn a_lie_and_a_bomb_are_refused() {
        assert!(look(MediaKind::Image, &taken(b"<html>")).is_err());
        assert!(look(MediaKind::Video, &taken(&png(1, 1))).is_err());
        let bomb = look(MediaKind::Image, &taken(&png(60_000, 60_000))).unwrap_err();
        assert!(bomb.to_string().contains("60000"), "{bomb}");
        assert!(look(MediaKind::Document, &taken(b"<html>")).is_ok());
    }
}
