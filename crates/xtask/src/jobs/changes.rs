//! Waiting for the code to change. Looked at now and then: no signal of a file system reaches into every container.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use super::run::root;

const OFTEN: Duration = Duration::from_millis(500);
const WATCHED: [&str; 3] = ["crates", "Cargo.toml", "Cargo.lock"];

/// When the code was last changed.
pub(super) fn newest() -> anyhow::Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for name in WATCHED {
        look(&root().join(name), &mut newest)?;
    }
    Ok(newest)
}

pub(super) async fn after(before: SystemTime) -> anyhow::Result<()> {
    while newest()? <= before {
        tokio::time::sleep(OFTEN).await;
    }
    Ok(())
}

fn look(path: &Path, newest: &mut SystemTime) -> anyhow::Result<()> {
    let about = fs::metadata(path)?;
    if about.is_file() {
        *newest = (*newest).max(about.modified()?);
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() != "node_modules" {
            look(&entry.path(), newest)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_file_is_noticed_and_installed_packages_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, at: u64| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            let file = fs::File::create(path).expect("made");
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(at)).expect("set");
        };
        let seen = || {
            let mut newest = SystemTime::UNIX_EPOCH;
            look(folder.path(), &mut newest).expect("looked at");
            newest.duration_since(SystemTime::UNIX_EPOCH).expect("after").as_secs()
        };
        write("src/a.rs", 100);
        write("src/deep/b.rs", 200);
        write("node_modules/c.js", 300);
        assert_eq!(seen(), 200);
    }
}
