//! The files of linked sessions on the fake engine, a real store and a real directory.

use std::{os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc, time::Duration};

use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{Desired, Origin, SessionId, SystemClock};
use switchboard_store::{DatabaseUrl, MasterKey, Store, StoreOptions, auth_state};

use super::{CreateSession, Pair};
use crate::{Caller, Core, Form, Parts, Settings, engine::fake::FakeEngine};

const SOON: Duration = Duration::from_secs(60);

struct House {
    core: Core,
    store: Store,
    engine: FakeEngine,
    id: SessionId,
    file: PathBuf,
}

impl House {
    /// An empty database beside this directory.
    async fn empty(dir: &tempfile::TempDir, key: &MasterKey) -> Self {
        let (url, clock) = (DatabaseUrl::memory(), Arc::new(SystemClock));
        let options = StoreOptions { url, master_key: key.clone(), clock: clock.clone(), read_connections: 1 };
        let (store, engine) = (Store::open(options).await.expect("store"), FakeEngine::new());
        let files = dir.path().join("sessions");
        let core = Core::new(Parts {
            store: store.clone(),
            clock,
            egress: Egress::new(EgressPolicy::default()).expect("egress"),
            engine: Arc::new(engine.clone()),
            settings: Settings { session_files: Some(files.clone()), ..Settings::default() },
        });
        crate::testing::ensure_admin(&core).await;
        Self { core, store, engine, id: "bot".parse().expect("id"), file: files.join("bot.json") }
    }

    /// With a session that is paired, and whose file is there.
    async fn paired(dir: &tempfile::TempDir, key: &MasterKey) -> Self {
        let house = Self::empty(dir, key).await;
        let order = CreateSession { id: Some(house.id.clone()), name: None, origin: Origin::Microservice };
        house.core.create_session(&Caller::System, order).await.expect("created");
        let bot = house.id.clone();
        let stored = house.store.write(move |tx| {
            let bot = bot.clone();
            Box::pin(async move {
                auth_state::put(tx, &bot, "device", "-", b"keys").await?;
                auth_state::put(tx, &bot, "session", "peer", b"ratchet").await
            })
        });
        stored.await.expect("stored");
        house.core.connect(&Caller::System, &house.id, Pair::Qr).await.expect("connects");
        let link = house.engine.session(&house.id).link().await;
        link.pair(&"6281100000001".parse().expect("phone"), &"100001".parse().expect("lid"));
        let written = async {
            while !house.file.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(SOON, written).await.expect("the file comes with the pairing");
        house
    }

    async fn rows(&self) -> Vec<String> {
        let rows = auth_state::everything(self.store.reader(), &self.id).await.expect("rows");
        rows.into_iter().map(|(name, ..)| name).collect()
    }

    async fn known(&self) -> bool {
        self.core.session(&Caller::System, &self.id).await.is_ok()
    }
}

fn place() -> (tempfile::TempDir, MasterKey) {
    (tempfile::tempdir().expect("a directory"), MasterKey::generate().expect("random"))
}

#[tokio::test]
async fn a_file_comes_with_the_pairing_sealed_and_for_its_owner_alone() {
    let (dir, key) = place();
    let house = House::paired(&dir, &key).await;
    let mode = |path: &std::path::Path| path.metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&house.file), mode(house.file.parent().expect("a directory"))), (0o600, 0o700));
    let text = std::fs::read_to_string(&house.file).expect("text");
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&file["version"], &file["id"]), (&1.into(), &"bot".into()));
    assert!(!text.contains("6281100000001"));

    house.core.rename_session(&Caller::System, &house.id, "Front desk".to_owned()).await.expect("renamed");
    assert_ne!(std::fs::read_to_string(&house.file).expect("text"), text);
}

#[tokio::test]
async fn it_is_gone_once_the_session_is_deleted_logged_out_or_handed_over() {
    for way in ["delete", "log out", "hand over"] {
        let (dir, key) = place();
        let house = House::paired(&dir, &key).await;
        match way {
            "delete" => house.core.delete_session(&Caller::System, &house.id).await.expect(way),
            "log out" => drop(house.core.log_out(&Caller::System, &house.id).await.expect(way)),
            _ => drop(house.core.hand_over(&Caller::System, &house.id, Form::Baileys7).await.expect(way)),
        }
        assert!(!house.file.exists(), "{way}");
        house.core.reconcile_files().await.expect("reconciled");
        house.core.keep_file(&house.id).await;
        assert!(!house.file.exists(), "{way}, and later");
    }
}

#[tokio::test]
async fn no_file_is_written_while_its_session_leaves_and_the_job_writes_what_is_missing() {
    let (dir, key) = place();
    let house = House::paired(&dir, &key).await;
    let gone = house.core.forget_file(&house.id).await.expect("removed");
    house.core.reconcile_files().await.expect("reconciled");
    assert!(!house.file.exists());
    drop(gone);
    house.core.reconcile_files().await.expect("reconciled");
    assert!(house.file.exists());
}

#[tokio::test]
async fn a_lost_database_is_made_good_without_ratchets() {
    let (dir, key) = place();
    drop(
        House::paired(&dir, &key)
            .await
            .core
            .rename_session(&Caller::System, &"bot".parse().expect("id"), "Desk".into())
            .await
            .expect("renamed"),
    );
    let house = House::empty(&dir, &key).await;
    house.core.restore_sessions(&Caller::System).await;
    let session = house.core.session(&Caller::System, &house.id).await.expect("restored").session;
    assert_eq!(
        (session.name.as_str(), session.origin, session.desired),
        ("Desk", Origin::Microservice, Desired::Connected)
    );
    assert_eq!((session.linked, session.state.word()), (true, "disconnected"));
    assert_eq!(session.phone.map(|phone| phone.to_string()).as_deref(), Some("6281100000001"));
    assert_eq!(house.rows().await, ["device"]);
    house.core.restore_sessions(&Caller::System).await;
    assert!(house.known().await);
}

#[tokio::test]
async fn what_another_key_sealed_or_the_log_calls_deleted_is_not_restored() {
    let (dir, key) = place();
    let before = House::paired(&dir, &key).await;
    let file = std::fs::read(&before.file).expect("a file");
    let stranger = House::empty(&dir, &MasterKey::generate().expect("random")).await;
    stranger.core.restore_sessions(&Caller::System).await;
    assert!(!stranger.known().await);
    stranger.core.reconcile_files().await.expect("reconciled");
    assert!(before.file.exists(), "it may still be wanted under its own key");

    before.core.delete_session(&Caller::System, &before.id).await.expect("deleted");
    std::fs::write(&before.file, file).expect("put back");
    before.core.restore_sessions(&Caller::System).await;
    assert!(!before.known().await);
    before.core.reconcile_files().await.expect("reconciled");
    assert!(!before.file.exists());
}
