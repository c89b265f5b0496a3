//! One process at a time uses a data directory: two would fork the ratchets of every session.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::Fatal;

/// Holds the data directory. The kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if need be, readable for its owner alone, and takes it.
    pub fn take(path: &Path) -> Result<Self, Fatal> {
        let make = DirBuilder::new().recursive(true).mode(0o700).create(path);
        make.map_err(|e| Fatal::data_dir(path, "made", e))?;
        let mut lock = lock_file(path).map_err(|e| Fatal::data_dir(path, "written to", e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(path, &mut lock)),
            Err(TryLockError::Error(e)) => return Err(Fatal::data_dir(path, "locked", e)),
        }
        sign(&mut lock).map_err(|e| Fatal::data_dir(path, "written to", e))?;
        Ok(Self { path: path.to_path_buf(), _lock: lock })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn lock_file(directory: &Path) -> std::io::Result<File> {
    // Not truncated: until the lock is ours, what it says is the holder's.
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(directory.join("switchboard.lock"))
}

/// Leaves the number of this process for whoever comes second.
fn sign(lock: &mut File) -> std::io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    write!(lock, "{}", std::process::id())
}

fn in_use(path: &Path, lock: &mut File) -> Fatal {
    let mut text = String::new();
    // Who holds it is a help, not a need.
    let _ = lock.read_to_string(&mut text);
    let holder = text.trim().parse::<u32>().map_or_else(|_| String::new(), |pid| format!(" (number {pid})"));
    Fatal::InUse { path: path.to_path_buf(), holder }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_was_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/data");
        let first = DataDir::take(&path).unwrap();
        let refusal = DataDir::take(&path).unwrap_err().to_string();
        assert!(refusal.contains(&format!("(number {})", std::process::id())), "{refusal}");
        drop(first);
        DataDir::take(&path).unwrap();
    }

    #[test]
    fn others_cannot_look_into_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::take(&dir.path().join("data")).unwrap();
        assert_eq!(std::fs::metadata(data.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
