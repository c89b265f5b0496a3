//! What stops the gateway from starting or from going on: one sentence that says what, to what, and how to mend it.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::config::Listener;

#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    #[error("the data directory {path} cannot be {action}: {why}; {advice}", path = .path.display())]
    DataDir { path: PathBuf, action: &'static str, why: io::Error, advice: &'static str },

    #[error("the data directory {path} is in use by another process{holder}; stop that one first, or choose another directory with --data-dir", path = .path.display())]
    InUse { path: PathBuf, holder: String },

    #[error("the {listener} listener cannot open {socket}: {why}; {advice} (setting {setting})", setting = .listener.setting().env)]
    Listener { listener: Listener, socket: SocketAddr, why: io::Error, advice: &'static str },

    #[error("HTTPS cannot use the file {path}: {why}; SWITCHBOARD_TLS_CERT names the certificate with its chain and SWITCHBOARD_TLS_KEY its key, both in PEM", path = .path.display())]
    Certificate { path: PathBuf, why: String },

    #[error("the log file {path} cannot be written: {why}; mend that, or turn it off with SWITCHBOARD_LOG_FILE=off", path = .path.display())]
    LogFile { path: PathBuf, why: io::Error },

    #[error("{0}")]
    Store(#[from] switchboard_store::StoreError),

    #[error("the master key file {path} does not exist; put the key of this database there, or, for a new one, run `(umask 077; openssl rand -hex 32 > {path})`", path = .0.display())]
    NoKeyFile(PathBuf),

    #[error("{}", .0.detail().map_or_else(|| .0.to_string(), str::to_owned))]
    Core(#[from] switchboard_core::Error),

    #[error("{0}")]
    Other(String),

    #[error("{worker} ended while the gateway was running ({why}); the gateway stops rather than go on without it")]
    Worker { worker: String, why: String },

    #[error("{0} did not stop in time and was cut off")]
    Stuck(String),
}

impl Fatal {
    pub(crate) fn data_dir(path: &Path, action: &'static str, why: io::Error) -> Self {
        let advice = match why.kind() {
            io::ErrorKind::PermissionDenied => {
                "give this user the right to write there, or choose another directory with --data-dir"
            }
            io::ErrorKind::ReadOnlyFilesystem => "mount it writable, or choose another directory with --data-dir",
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on that disk",
            _ => "choose another directory with --data-dir",
        };
        Self::DataDir { path: path.to_path_buf(), action, why, advice }
    }

    pub(crate) fn listener(listener: Listener, socket: SocketAddr, why: io::Error) -> Self {
        let advice = match why.kind() {
            io::ErrorKind::AddrInUse => {
                "another program has this port; stop it, choose another port, or turn the listener `off`"
            }
            io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; choose a higher one",
            io::ErrorKind::AddrNotAvailable => "this machine has no such address; choose one of its own",
            _ => "choose another port or address",
        };
        Self::Listener { listener, socket, why, advice }
    }
}
