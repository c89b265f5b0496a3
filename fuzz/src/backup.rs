//! A backup taken apart: what stands behind its seals can be changed and sealed again.

use serde_json::Value;
use switchboard_store::Store;

const PURPOSE: &str = "backup";

#[derive(Clone)]
pub struct Backup {
    /// The first line, which says what the file is.
    head: Vec<u8>,
    /// The file's name, to which every frame is bound.
    name: String,
    pub frames: Vec<Value>,
}

impl Backup {
    /// Takes a good file apart. The store has its master key.
    #[must_use]
    pub fn open(store: &Store, file: &[u8]) -> Self {
        let end = file.iter().position(|byte| *byte == b'\n').expect("a first line") + 1;
        let (head, mut rest) = file.split_at(end);
        let line = std::str::from_utf8(head).expect("text");
        let name = line.split_whitespace().next_back().expect("a name").to_owned();
        let mut backup = Self { head: head.to_vec(), name, frames: Vec::new() };
        while let Some((length, frames)) = rest.split_first_chunk::<4>() {
            let (sealed, frames) = frames.split_at(u32::from_be_bytes(*length) as usize);
            let plain = store.open_aside(PURPOSE, &backup.place(backup.frames.len()), sealed);
            backup.frames.push(serde_json::from_slice(&plain.expect("a good seal")).expect("JSON"));
            rest = frames;
        }
        backup
    }

    #[must_use]
    pub fn seal(&self, store: &Store) -> Vec<u8> {
        let mut file = self.head.clone();
        for (index, frame) in self.frames.iter().enumerate() {
            let plain = frame.to_string();
            let sealed = store.seal_aside(PURPOSE, &self.place(index), plain.as_bytes()).expect("sealed");
            let length = u32::try_from(sealed.len()).expect("a short frame");
            file.extend(length.to_be_bytes());
            file.extend(sealed);
        }
        file
    }

    /// How long the first line is. Spaces in it mean nothing.
    #[must_use]
    pub fn head(&self) -> usize {
        self.head.len()
    }

    fn place(&self, index: usize) -> String {
        format!("{} {}", self.name, index + 1)
    }
}
