//! The file: a line that says what it is, then frames, each sealed under the master key for its place in this file.

use std::io::{self, BufRead, Read, Write};

use super::Frame;
use crate::{StoreError, vault::Vault};

const MAGIC: &str = "switchboard-backup 1";
const PURPOSE: &str = "backup";
/// No frame is nearly as long.
const LONGEST: u32 = 1 << 30;

/// Which file, and the next frame's place in it.
struct Place {
    file: String,
    number: u64,
}

impl Place {
    fn next(&mut self) -> String {
        self.number += 1;
        format!("{} {}", self.file, self.number)
    }
}

pub(super) struct Writer<W> {
    out: W,
    place: Place,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(mut out: W) -> Result<Self, StoreError> {
        let file = uuid::Uuid::new_v4().simple().to_string();
        writeln!(out, "{MAGIC} {file}").map_err(|error| unwritten(&error))?;
        Ok(Self { out, place: Place { file, number: 0 } })
    }

    pub(super) fn put(&mut self, vault: &Vault, frame: &Frame) -> Result<(), StoreError> {
        let plain = serde_json::to_vec(frame).map_err(StoreError::corrupt)?;
        let sealed = vault.seal_aside(PURPOSE, &self.place.next(), &plain)?;
        let length = u32::try_from(sealed.len()).ok().filter(|length| *length <= LONGEST);
        let length = length.ok_or_else(|| StoreError::Invalid("a row is too large for a backup".to_owned()))?;
        self.out
            .write_all(&length.to_be_bytes())
            .and_then(|()| self.out.write_all(&sealed))
            .map_err(|error| unwritten(&error))
    }

    pub(super) fn end(mut self) -> Result<(), StoreError> {
        self.out.flush().map_err(|error| unwritten(&error))
    }
}

pub(super) struct Reader<R> {
    input: R,
    place: Place,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn begin(mut input: R) -> Result<Self, StoreError> {
        let mut line = String::new();
        // A file of another kind may have no line end at all.
        (&mut input).take(200).read_line(&mut line).map_err(|error| unread(&error))?;
        let file = line.trim_end().strip_prefix(MAGIC).map(|file| file.trim().to_owned());
        let file = file.ok_or_else(|| StoreError::Invalid("the file is no backup of this version".to_owned()))?;
        Ok(Self { input, place: Place { file, number: 0 } })
    }

    pub(super) fn next(&mut self, vault: &Vault) -> Result<Frame, StoreError> {
        let mut length = [0; 4];
        self.input.read_exact(&mut length).map_err(|error| unread(&error))?;
        let length = u32::from_be_bytes(length);
        if length > LONGEST {
            return Err(damaged());
        }
        let mut sealed = Vec::new();
        (&mut self.input).take(length.into()).read_to_end(&mut sealed).map_err(|error| unread(&error))?;
        if sealed.len() as u64 != u64::from(length) {
            return Err(damaged());
        }
        let first = self.place.number == 0;
        let plain = vault.open_aside(PURPOSE, &self.place.next(), &sealed);
        let plain = plain.ok_or_else(|| if first { StoreError::WrongMasterKey } else { damaged() })?;
        serde_json::from_slice(&plain).map_err(StoreError::corrupt)
    }
}

fn damaged() -> StoreError {
    StoreError::Corrupt("the backup was changed, or is cut off".to_owned())
}

fn unwritten(error: &io::Error) -> StoreError {
    StoreError::Invalid(format!("the backup cannot be written: {error}"))
}

fn unread(error: &io::Error) -> StoreError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        damaged()
    } else {
        StoreError::Invalid(format!("the backup cannot be read: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MasterKey;

    #[test]
    fn a_frame_that_says_it_is_longer_than_it_is_was_changed() {
        let vault = Vault::new(MasterKey::generate().unwrap());
        let mut file: Vec<u8> = Vec::new();
        let mut writer = Writer::begin(&mut file).unwrap();
        writer.put(&vault, &Frame::End { rows: 0 }).unwrap();
        writer.end().unwrap();
        assert!(matches!(Reader::begin(&file[..]).unwrap().next(&vault), Ok(Frame::End { rows: 0 })));
        let last_of_length = file.iter().position(|byte| *byte == b'\n').unwrap() + 4;
        file[last_of_length] += 1;
        assert!(matches!(Reader::begin(&file[..]).unwrap().next(&vault), Err(StoreError::Corrupt(_))));
    }
}
