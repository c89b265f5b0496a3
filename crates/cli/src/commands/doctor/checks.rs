//! The checks, in the order in which a start would stumble.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;

use switchboard_model::{Clock as _, SystemClock, Timestamp};

use super::Finding::{self, Bad, Good, Note};
use crate::config::{Config, Database, MasterKeySource, TlsFiles};
use crate::serve::{DataDir, Fatal, storage, tls::Certificate};

/// No clock that is right shows an earlier year than this program was written in: 2026-01-01.
const EARLIEST: Timestamp = Timestamp::from_secs(1_767_225_600);

const ENOUGH_MIB: u64 = 256;

pub(super) async fn all(config: &Config) -> Vec<(String, Finding)> {
    let taken = take(&config.data_dir);
    let running = matches!(taken, Some(Err(Fatal::InUse { .. })));
    let mut found = vec![
        ("data directory".to_owned(), directory(&config.data_dir, taken.as_ref())),
        ("disk".to_owned(), disk(&config.data_dir)),
        ("clock".to_owned(), clock(SystemClock.now())),
        ("master key".to_owned(), master_key(&config.master_key)),
        ("database".to_owned(), database(config, running).await),
    ];
    found.extend(config.front.tls.iter().map(|files| ("HTTPS".to_owned(), https(files))));
    found.extend(config.listen.sockets.iter().map(|(listener, socket)| {
        let state = TcpListener::bind(socket).map_err(|e| Fatal::listener(*listener, *socket, e));
        (format!("{listener} listener"), port(state.err(), running))
    }));
    found
}

/// None where there is no directory: taking it would make it.
fn take(path: &Path) -> Option<Result<DataDir, Fatal>> {
    path.exists().then(|| DataDir::take(path))
}

fn directory(path: &Path, taken: Option<&Result<DataDir, Fatal>>) -> Finding {
    match taken {
        None => Note(format!("{} is not there yet; the first start makes it", path.display())),
        Some(Err(in_use @ Fatal::InUse { .. })) => Note(in_use.to_string()),
        Some(Err(other)) => Bad(other.to_string()),
        Some(Ok(_)) => match write_and_remove(path) {
            Ok(()) => Good(format!("{} can be written to and is free", path.display())),
            Err(e) => Bad(Fatal::data_dir(path, "written to", e).to_string()),
        },
    }
}

fn write_and_remove(path: &Path) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path)?;
    file.write_all(&[0; 4096])?;
    file.as_file().sync_all()
}

/// Of the nearest directory that exists.
fn disk(path: &Path) -> Finding {
    let there = path.ancestors().find(|p| p.exists()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(there) {
        Err(e) => Note(format!("how much is free is unknown: {e}")),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
            let words = format!("{free} MiB free");
            if free >= ENOUGH_MIB { Good(words) } else { Bad(format!("{words}, less than {ENOUGH_MIB}: make room")) }
        }
    }
}

fn clock(now: Timestamp) -> Finding {
    if now >= EARLIEST {
        return Good(format!("{now}"));
    }
    Bad(format!("it says {now}, which is long past: set it, or tokens and certificates are refused"))
}

fn master_key(source: &MasterKeySource) -> Finding {
    match source {
        MasterKeySource::Given(_) => Good("given in SWITCHBOARD_MASTER_KEY".to_owned()),
        MasterKeySource::File { path, .. } if path.exists() => {
            match switchboard_store::KeyFile::new(path).load_or_generate() {
                Ok(_) => Good(format!("in {}", path.display())),
                Err(e) => Bad(e.to_string()),
            }
        }
        MasterKeySource::File { path, generate: true } => {
            Note(format!("{} is not there yet; the first start makes it", path.display()))
        }
        MasterKeySource::File { path, generate: false } => Bad(Fatal::NoKeyFile(path.clone()).to_string()),
    }
}

async fn database(config: &Config, running: bool) -> Finding {
    let place = config.database.place();
    match &config.database {
        Database::Sqlite(path) if !path.exists() => Note(format!("{place} is not there yet; the first start makes it")),
        Database::Sqlite(_) if running => {
            Note(format!("{place} is in use by the running gateway; its /health knows more"))
        }
        other => match storage::reach(other).await {
            Ok(doubts) if doubts.is_empty() => Good(format!("{place} answers")),
            Ok(doubts) => Note(format!("{place} answers, but {}", doubts.join("; "))),
            Err(e) => Bad(e.to_string()),
        },
    }
}

fn https(files: &TlsFiles) -> Finding {
    match Certificate::check(files) {
        Ok(()) => Good(format!("{} and its key belong together", files.certificate.display())),
        Err(fatal) => Bad(fatal.to_string()),
    }
}

fn port(problem: Option<Fatal>, running: bool) -> Finding {
    match problem {
        None => Good("its port is free".to_owned()),
        Some(_) if running => Note("its port is in use, by the running gateway no doubt".to_owned()),
        Some(fatal) => Bad(fatal.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_of_the_last_century_is_bad() {
        assert!(matches!(clock(Timestamp::from_secs(0)), Bad(_)));
        assert!(matches!(clock(EARLIEST), Good(_)));
    }
}
