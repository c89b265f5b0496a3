//! Where the next page of a list begins: the time and the id of the last row of this one, as one opaque word.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use switchboard_core::Error;
use switchboard_model::Timestamp;

const LONGEST_ID: usize = 128;

pub(crate) fn write(at: Timestamp, id: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{}.{id}", at.millis()))
}

pub(crate) fn read(cursor: &str) -> Result<(Timestamp, String), Error> {
    let read = || {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (at, id) = text.split_once('.')?;
        let plain = id.len() <= LONGEST_ID && id.bytes().all(|byte| byte.is_ascii_graphic());
        plain.then_some((Timestamp::from_millis(at.parse().ok()?), id.to_owned()))
    };
    read().ok_or_else(|| Error::invalid("cursor", "is not a cursor of this list"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        let at = Timestamp::from_millis(1_767_603_600_123);
        assert_eq!(read(&write(at, "3EB0.1")).unwrap(), (at, "3EB0.1".to_owned()));
        for bad in ["", "x", "!!!", &BASE64_URL_SAFE_NO_PAD.encode("abc"), &BASE64_URL_SAFE_NO_PAD.encode("1.a\0b")] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
