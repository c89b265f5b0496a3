//! The few bytes a client sends before its first frame.

use thiserror::Error;

use super::Dictionary;

const EDGE_HEADER: usize = 7;
const HEADER: usize = 4;
/// The blobs servers hand out are far smaller.
const LONGEST_ROUTING: usize = 4 * 1024;
/// `WA`, then the version of the handshake that follows.
const MAGIC: [u8; 3] = [b'W', b'A', 6];

/// The connection header, found at the start of a byte stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intro {
    /// What the Noise handshake authenticates as its prologue.
    pub prologue: [u8; HEADER],
    pub dictionary: Dictionary,
    /// How many bytes it took, optional edge routing included.
    pub len: usize,
}

#[derive(Debug, Error, PartialEq, Eq)]
pub enum IntroError {
    #[error("the stream does not start with a WhatsApp connection header")]
    Magic,
    #[error("dictionary version {0} is not served; 2 and 3 are")]
    Dictionary(u8),
    #[error("edge routing of {0} bytes is longer than any client sends")]
    EdgeRouting(usize),
}

impl Intro {
    /// `None` asks for more bytes.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, IntroError> {
        let Some(offset) = edge_routing_len(bytes)? else {
            return Ok(None);
        };
        let Some(header) = bytes.get(offset..offset + HEADER) else {
            return Ok(None);
        };
        if header[..3] != MAGIC {
            return Err(IntroError::Magic);
        }
        let dictionary = Dictionary::from_version(header[3]).ok_or(IntroError::Dictionary(header[3]))?;
        let prologue = [header[0], header[1], header[2], header[3]];
        Ok(Some(Self { prologue, dictionary, len: offset + HEADER }))
    }
}

/// Clients that reconnect may put the routing blob of an earlier session first: `ED 00 01`, length, blob.
fn edge_routing_len(bytes: &[u8]) -> Result<Option<usize>, IntroError> {
    match bytes {
        [] | [b'E'] => Ok(None),
        [b'E', b'D', _, _, high, mid, low, ..] => {
            let len = usize::from(*high) << 16 | usize::from(*mid) << 8 | usize::from(*low);
            if len > LONGEST_ROUTING {
                return Err(IntroError::EdgeRouting(len));
            }
            Ok(Some(EDGE_HEADER + len))
        }
        [b'E', b'D', ..] => Ok(None),
        _ => Ok(Some(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_header_is_taken() {
        let intro = Intro::parse(b"WA\x06\x03rest").unwrap().unwrap();
        assert_eq!((intro.len, intro.dictionary), (4, Dictionary::V3));
    }

    #[test]
    fn edge_routing_is_skipped() {
        let intro = Intro::parse(b"ED\x00\x01\x00\x00\x02xyWA\x06\x02").unwrap().unwrap();
        assert_eq!((intro.len, intro.dictionary), (13, Dictionary::V2));
    }

    #[test]
    fn short_input_asks_for_more() {
        for bytes in [&b""[..], b"E", b"ED\x00\x01", b"WA\x06", b"ED\x00\x01\x00\x00\x02xyWA"] {
            assert_eq!(Intro::parse(bytes), Ok(None), "{bytes:?}");
        }
    }

    #[test]
    fn strangers_are_refused() {
        assert_eq!(Intro::parse(b"GET / HTTP/1.1"), Err(IntroError::Magic));
        assert_eq!(Intro::parse(b"WA\x06\x09"), Err(IntroError::Dictionary(9)));
        assert!(matches!(Intro::parse(b"ED\x00\x01\xff\xff\xff"), Err(IntroError::EdgeRouting(_))));
    }
}
