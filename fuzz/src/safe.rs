//! Files that are sealed: good ones, and a gateway that reads what was made of them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use switchboard_core::{Caller, sealed_file};
use switchboard_model::{SessionId, SystemClock};
use switchboard_store::{DatabaseUrl, MasterKey, Store, StoreError, StoreOptions, backup, sessions};
use tokio::runtime::Runtime;

use crate::{
    backup::Backup,
    gateway::{Gateway, runtime},
    harm::{change, harmed},
    input::Input,
};

const PASSPHRASE: &[u8] = b"correct horse";
const SESSION: &str = "shop";
const PURPOSE: &str = "session file";

/// Good files, and an empty gateway with their master key that reads them.
pub struct Safe {
    backup: Vec<u8>,
    opened: Backup,
    /// What the session's file says.
    kept: Value,
    under_passphrase: Vec<u8>,
    files: PathBuf,
    gateway: Gateway,
    runtime: Runtime,
}

impl Safe {
    #[must_use]
    pub fn fill() -> Self {
        let key = MasterKey::generate().expect("a key");
        let (backup, file) = good_files(&key);
        let files = std::env::temp_dir().join(format!("switchboard-fuzz-{}", std::process::id()));
        let runtime = runtime();
        let gateway = runtime.block_on(async {
            let store = store(DatabaseUrl::memory(), &key).await;
            Gateway::open(store, Some(files.clone())).await
        });
        let (opened, kept) = (Backup::open(&gateway.store, &backup), kept_in(&gateway.store, &file));
        let under_passphrase = sealed_file::seal(&PASSPHRASE.to_vec().into(), b"secret").expect("sealed");
        let safe = Self { backup, opened, kept, under_passphrase, files, gateway, runtime };
        safe.try_good_files(&file);
        safe
    }

    /// Or nothing of what follows would come behind the seals.
    fn try_good_files(&self, file: &[u8]) {
        let backup = self.opened.seal(&self.gateway.store);
        assert!(self.loads(backup) && self.restores(file), "good files are refused");
    }

    pub fn try_under_passphrase(&self, input: &mut Input<'_>) {
        let file = harmed(&self.under_passphrase, 0, input);
        let read = sealed_file::open(&PASSPHRASE.to_vec().into(), &file);
        assert!(read.is_err() || file == self.under_passphrase, "a harmed file opens");
    }

    pub fn try_harmed_backup(&self, input: &mut Input<'_>) {
        let file = harmed(&self.backup, self.opened.head(), input);
        assert!(file == self.backup || !self.loads(file), "a harmed backup is taken");
    }

    pub fn try_changed_backup(&self, input: &mut Input<'_>) {
        let mut backup = self.opened.clone();
        for _ in 0..=input.byte() % 2 {
            let frame = input.below(backup.frames.len());
            change(&mut backup.frames[frame], input);
        }
        self.loads(backup.seal(&self.gateway.store));
    }

    pub fn try_harmed_session(&self, input: &mut Input<'_>) {
        self.restores(&harmed(&self.sealed(&self.kept), 0, input));
    }

    pub fn try_changed_session(&self, input: &mut Input<'_>) {
        let mut kept = self.kept.clone();
        change(&mut kept, input);
        // Another one would stay, and make the next input fare differently.
        if let Some(id) = kept.pointer_mut("/session/id") {
            *id = json!(SESSION);
        }
        self.restores(&self.sealed(&kept));
    }

    /// Whether the backup is good. Nothing of it is kept.
    fn loads(&self, file: Vec<u8>) -> bool {
        let (file, good) = (Arc::new(file), Arc::new(AtomicBool::new(false)));
        let found = Arc::clone(&good);
        let write = self.gateway.store.write(move |tx| {
            let (file, found) = (Arc::clone(&file), Arc::clone(&found));
            Box::pin(async move {
                backup::load(tx, &file[..]).await?;
                found.store(true, Ordering::Relaxed);
                Err::<(), StoreError>(StoreError::Invalid("only looked at".to_owned()))
            })
        });
        self.runtime.block_on(write).expect_err("it is never kept");
        good.load(Ordering::Relaxed)
    }

    /// Whether a session comes back from its file. Neither is there afterwards.
    fn restores(&self, file: &[u8]) -> bool {
        let (core, store) = (&self.gateway.core, &self.gateway.store);
        fs::create_dir_all(&self.files).expect("a directory");
        fs::write(file_in(&self.files), file).expect("a file");
        let restored = self.runtime.block_on(async {
            core.restore_sessions(&Caller::System).await;
            let delete = store.write(|tx| Box::pin(async move { sessions::delete(tx, &session()).await }));
            delete.await.expect("a store")
        });
        fs::remove_dir_all(&self.files).expect("removed");
        restored
    }

    fn sealed(&self, kept: &Value) -> Vec<u8> {
        let plain = kept.to_string();
        let sealed = self.gateway.store.seal_aside(PURPOSE, SESSION, plain.as_bytes()).expect("sealed");
        json!({ "version": 1, "id": SESSION, "sealed": BASE64_STANDARD.encode(sealed) }).to_string().into_bytes()
    }
}

/// A backup and a session's file, from a gateway that is gone afterwards.
fn good_files(key: &MasterKey) -> (Vec<u8>, Vec<u8>) {
    let place = tempfile::tempdir().expect("a directory");
    let (files, url) = (place.path().join("sessions"), DatabaseUrl::sqlite_file(place.path().join("gateway.db")));
    runtime().block_on(async {
        let gateway = Gateway::open(store(url.clone(), key).await, Some(files.clone())).await;
        gateway.link(&session()).await;
        while !file_in(&files).exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let file = fs::read(file_in(&files)).expect("a file");
        let mut backup: Vec<u8> = Vec::new();
        backup::dump(&url, key.clone(), gateway.core.time(), &mut backup).await.expect("a backup");
        gateway.core.disconnect(&Caller::System, &session()).await.expect("it ends");
        gateway.store.close().await;
        (backup, file)
    })
}

fn kept_in(store: &Store, file: &[u8]) -> Value {
    let file: Value = serde_json::from_slice(file).expect("JSON");
    let sealed = BASE64_STANDARD.decode(file["sealed"].as_str().expect("text")).expect("base64");
    let plain = store.open_aside(PURPOSE, SESSION, &sealed).expect("a good seal");
    serde_json::from_slice(&plain).expect("JSON")
}

async fn store(url: DatabaseUrl, key: &MasterKey) -> Store {
    let options = StoreOptions { url, master_key: key.clone(), clock: Arc::new(SystemClock), read_connections: 1 };
    Store::open(options).await.expect("a store")
}

fn session() -> SessionId {
    SESSION.parse().expect("an id")
}

fn file_in(files: &Path) -> PathBuf {
    files.join(format!("{SESSION}.json"))
}
