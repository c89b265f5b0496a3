//! The name this gateway holds its sessions under: its own among several on one database, and the same over restarts.

use std::io;
use std::path::Path;

use super::{DataDir, Fatal};

/// Kept in the data directory, which no other process has.
pub(super) fn name(data_dir: &DataDir) -> Result<String, Fatal> {
    let path = data_dir.path().join("instance");
    read_or_make(&path).map_err(|e| Fatal::data_dir(data_dir.path(), "written to", e))
}

fn read_or_make(path: &Path) -> io::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Ok(_) => make(path),
        Err(e) if e.kind() == io::ErrorKind::NotFound => make(path),
        Err(e) => Err(e),
    }
}

fn make(path: &Path) -> io::Result<String> {
    let name = uuid::Uuid::new_v4().to_string();
    std::fs::write(path, &name)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_the_same() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name_in = |dir: &tempfile::TempDir| name(&DataDir::take(dir.path()).unwrap()).unwrap();
        let first = name_in(&one);
        assert_eq!(name_in(&one), first);
        assert_ne!(name_in(&other), first);
        std::fs::write(one.path().join("instance"), "").unwrap();
        assert!(!name_in(&one).is_empty());
    }
}
