//! The log file: always `app.log`, older ones `app.log.1`, `app.log.2`, ...

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Appends to one file, and at a size moves it aside. The name of the newest never changes, so `tail -F` works.
pub(super) struct RotatedFile {
    path: PathBuf,
    file: File,
    written: u64,
    limit: u64,
    kept: u32,
}

impl RotatedFile {
    pub(super) fn open(path: PathBuf, limit: u64, kept: u32) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let file = append(&path)?;
        let written = file.metadata()?.len();
        Ok(Self { path, file, written, limit, kept })
    }

    fn rotate(&mut self) -> io::Result<()> {
        for number in (1..self.kept).rev() {
            move_if_there(&numbered(&self.path, number), &numbered(&self.path, number + 1))?;
        }
        move_if_there(&self.path, &numbered(&self.path, 1))?;
        self.file = append(&self.path)?;
        self.written = 0;
        Ok(())
    }
}

impl Write for RotatedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A line is written in one call, so none is split over two files.
        if self.written > 0 && self.written + bytes.len() as u64 > self.limit {
            self.rotate()?;
        }
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rotates_at_the_size_and_keeps_so_many() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("logs/app.log");
        let mut log = RotatedFile::open(path.clone(), 12, 2).unwrap();
        for line in ["first 1\n", "second 2\n", "third 3\n", "fourth 4\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let read = |p: &Path| std::fs::read_to_string(p).unwrap();
        assert_eq!(read(&path), "fourth 4\n");
        assert_eq!(read(&numbered(&path, 1)), "third 3\n");
        assert_eq!(read(&numbered(&path, 2)), "second 2\n");
        assert!(!numbered(&path, 3).exists());
    }

    #[test]
    fn it_goes_on_where_an_earlier_run_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.log");
        std::fs::write(&path, "old\n").unwrap();
        RotatedFile::open(path.clone(), 100, 2).unwrap().write_all(b"new\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old\nnew\n");
    }
}
