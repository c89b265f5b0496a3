//! Each aggregate reads back what was written, the same on every database.

use std::time::Duration;

use secrecy::ExposeSecret;
use switchboard_model::{Desired, Origin, SessionState, Timestamp, UserId};
use switchboard_store::{
    StoreError, api_keys, audit, auth_state,
    handovers::{self, HandoverRow},
    jwt_keys,
    sessions::{self, SessionFilter},
    users,
};

use crate::database::{TestDb, session, session_id, user, with_sessions};

on_each_database!(
    users_keep_their_numbers,
    sessions_read_back_as_written,
    session_ids_are_case_sensitive,
    deleting_cascades,
    engine_state_is_a_key_value_store,
    engine_state_is_swept_by_its_dates,
    api_keys_read_back_as_written,
    signing_keys_rotate,
    the_audit_trail_is_paged_newest_first,
    a_session_is_handed_over_once_at_a_time,
);

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

macro_rules! write {
    ($store:expr, |$tx:ident| $body:expr) => {
        $store.write(move |$tx| Box::pin(async move { $body })).await
    };
}

async fn users_keep_their_numbers(db: TestDb) {
    let store = db.open().await;
    let first = write!(store, |tx| users::insert(tx, &user("admin")).await).unwrap();
    let second = write!(store, |tx| users::insert(tx, &user("Admin")).await).unwrap();
    assert_eq!((first, second), (UserId::ADMIN, UserId(2)), "names are case-sensitive");
    assert!(write!(store, |tx| users::delete(tx, UserId(2)).await).unwrap());
    let third = write!(store, |tx| users::insert(tx, &user("zoë")).await).unwrap();
    assert!(third.0 > 2, "a number is never given out twice");
    assert!(write!(store, |tx| users::set_password(tx, UserId(1), "new").await).unwrap());
    let admin = users::find(store.reader(), UserId(1)).await.unwrap().unwrap();
    assert_eq!((admin.password_hash.as_str(), admin.token_epoch), ("new", 1));
    assert_eq!(users::find_by_name(store.reader(), "zoë").await.unwrap().unwrap().id, third);
    assert!(users::find_by_name(store.reader(), "ZOË").await.unwrap().is_none());
    assert!(!write!(store, |tx| users::set_role(tx, UserId(99), "user").await).unwrap());
}

async fn sessions_read_back_as_written(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["b", "a", "c"]).await;
    let mut wanted = session("a");
    wanted.phone = Some("4915112345678".parse().unwrap());
    wanted.lid = Some("123456789@lid".parse().unwrap());
    wanted.state = SessionState::Disconnected { reason: "out of reach".to_owned(), retry_at: Some(NOW) };
    wanted.desired = Desired::Disconnected;
    wanted.linked = true;
    let written = wanted.clone();
    assert!(
        store
            .write(move |tx| {
                let s = written.clone();
                Box::pin(async move { sessions::update(tx, &s).await })
            })
            .await
            .unwrap()
    );
    assert_eq!(sessions::find(store.reader(), &wanted.id).await.unwrap(), Some(wanted.clone()));
    let filter = SessionFilter { desired: Some(Desired::Connected), ..SessionFilter::default() };
    let ids = async |filter: &SessionFilter, after: Option<&str>| -> Vec<String> {
        let after = after.map(session_id);
        let page = sessions::list(store.reader(), filter, after.as_ref(), 2).await.unwrap();
        page.into_iter().map(|session| session.id.to_string()).collect()
    };
    assert_eq!(ids(&filter, None).await, ["b", "c"]);
    assert_eq!(ids(&SessionFilter::default(), None).await, ["a", "b"]);
    assert_eq!(ids(&SessionFilter::default(), Some("b")).await, ["c"]);
    let phone = SessionFilter { phone: Some("4915112345678".to_owned()), owner: Some(UserId(1)), ..Default::default() };
    assert_eq!(ids(&phone, None).await, ["a"]);
    assert!(ids(&SessionFilter { origin: Some(Origin::WaApi), ..Default::default() }, None).await.is_empty());
    assert_eq!(sessions::settings(store.reader(), &wanted.id).await.unwrap().unwrap(), b"{}");
    assert!(write!(store, |tx| sessions::set_settings(tx, &session_id("a"), br#"{"a":1}"#).await).unwrap());
    assert_eq!(sessions::settings(store.reader(), &wanted.id).await.unwrap().unwrap(), br#"{"a":1}"#);
    assert!(!write!(store, |tx| sessions::set_desired(tx, &session_id("zz"), Desired::Connected, NOW).await).unwrap());
}

async fn session_ids_are_case_sensitive(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["Sales", "sales"]).await;
    let taken = write!(store, |tx| sessions::insert(tx, &session("sales")).await);
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    assert!(sessions::find(store.reader(), &session_id("SALES")).await.unwrap().is_none());
    let orphan = write!(store, |tx| {
        let mut orphan = session("x");
        orphan.owner = UserId(77);
        sessions::insert(tx, &orphan).await
    });
    assert!(matches!(orphan, Err(StoreError::MissingReference(_))), "{orphan:?}");
}

async fn deleting_cascades(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    for id in ["a", "b"] {
        write!(store, |tx| auth_state::put(tx, &session_id(id), "creds", "me", b"state").await).unwrap();
        write!(store, |tx| api_keys::insert(tx, &key(id, Some(id))).await).unwrap();
    }
    assert!(write!(store, |tx| sessions::delete(tx, &session_id("a")).await).unwrap());
    let left = async |id: &str| auth_state::count(store.reader(), &session_id(id), "creds").await.unwrap();
    assert_eq!((left("a").await, left("b").await), (0, 1));
    assert!(api_keys::find(store.reader(), "a").await.unwrap().is_none());
    assert!(write!(store, |tx| users::delete(tx, UserId(1)).await).unwrap());
    assert_eq!(left("b").await, 0);
    assert!(api_keys::find(store.reader(), "b").await.unwrap().is_none());
}

async fn engine_state_is_a_key_value_store(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a"]).await;
    let ids: Vec<String> = (0..450).map(|i| format!("key.{i:03}")).collect();
    let written = ids.clone();
    store
        .write(move |tx| {
            let ids = written.clone();
            Box::pin(async move {
                let values = ids.iter().map(|id| (id.as_str(), id.as_bytes()));
                auth_state::put_many(tx, &session_id("a"), "prekey", values).await
            })
        })
        .await
        .unwrap();
    write!(store, |tx| auth_state::put(tx, &session_id("a"), "prekey", "KEY.001", b"upper").await).unwrap();
    write!(store, |tx| auth_state::put(tx, &session_id("a"), "prekey", "key.001", b"again").await).unwrap();
    write!(store, |tx| auth_state::put(tx, &session_id("a"), "other", "key.001", b"").await).unwrap();
    let a = session_id("a");
    let all = auth_state::get_many(store.reader(), &a, "prekey", &ids).await.unwrap();
    assert_eq!(all.len(), 450);
    assert_eq!((&all["key.001"][..], &all["key.449"][..]), (&b"again"[..], &b"key.449"[..]));
    assert_eq!(auth_state::get(store.reader(), &a, "other", "key.001").await.unwrap().unwrap(), b"");
    write!(store, |tx| auth_state::put_many(tx, &session_id("a"), "other", [("k", &b"1"[..]), ("k", b"2")]).await)
        .unwrap();
    assert_eq!(auth_state::get(store.reader(), &a, "other", "k").await.unwrap().unwrap(), b"2", "the last one counts");
    for bad in ["\u{e9}".to_owned(), "x".repeat(256)] {
        let refused = store
            .write(move |tx| {
                let bad = bad.clone();
                Box::pin(async move { auth_state::put(tx, &session_id("a"), "other", &bad, b"").await })
            })
            .await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    }
    let tens = auth_state::list(store.reader(), &a, "prekey", "key.44").await.unwrap();
    assert_eq!(tens.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), ids[440..]);
    assert_eq!(auth_state::list(store.reader(), &a, "prekey", "").await.unwrap().len(), 451, "over several pages");
    let gone = vec!["key.000".to_owned(), "none".to_owned()];
    let deleted = store
        .write(move |tx| {
            let ids = gone.clone();
            Box::pin(async move { auth_state::delete(tx, &session_id("a"), "prekey", &ids).await })
        })
        .await
        .unwrap();
    assert_eq!(deleted, 1);
    assert_eq!(auth_state::count(store.reader(), &a, "prekey").await.unwrap(), 450);
    assert_eq!(write!(store, |tx| auth_state::wipe_names(tx, &session_id("a"), &["prekey"]).await).unwrap(), 450);
    assert_eq!(write!(store, |tx| auth_state::wipe(tx, &session_id("a")).await).unwrap(), 2);
}

async fn engine_state_is_swept_by_its_dates(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    let a = session_id("a");
    for session in ["a", "b"] {
        let rows = [("old", Some(5)), ("edge", Some(7)), ("new", Some(i64::MAX)), ("undated", None)];
        let put = store.write(move |tx| {
            let rows = rows.map(|(id, due_at)| (id, &b"v"[..], due_at));
            Box::pin(async move { auth_state::put_dated(tx, &session_id(session), "sent", rows).await })
        });
        put.await.unwrap();
    }
    assert_eq!(write!(store, |tx| auth_state::expire(tx, &session_id("a"), "sent", 7).await).unwrap(), 1);
    let left = auth_state::list(store.reader(), &a, "sent", "").await.unwrap();
    assert_eq!(left.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["edge", "new", "undated"]);
    assert_eq!(auth_state::undated(store.reader(), &a, "sent").await.unwrap(), [("undated".to_owned(), b"v".to_vec())]);
    assert_eq!(auth_state::count(store.reader(), &session_id("b"), "sent").await.unwrap(), 4);
}

fn key(id: &str, session: Option<&str>) -> api_keys::ApiKeyRow {
    api_keys::ApiKeyRow {
        id: id.to_owned(),
        owner: UserId(1),
        session: session.map(session_id),
        scopes: "bots cron".to_owned(),
        name: "n\u{e4}me".to_owned(),
        prefix: "sb_live_".to_owned(),
        hash: format!("{id}-hash"),
        expires_at: Some(NOW),
        last_used_at: None,
        revoked_at: None,
        created_at: NOW,
        allowed_ips: String::new(),
    }
}

async fn api_keys_read_back_as_written(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a"]).await;
    write!(store, |tx| api_keys::insert(tx, &key("1", Some("a"))).await).unwrap();
    write!(store, |tx| api_keys::insert(tx, &key("2", None)).await).unwrap();
    let found = api_keys::find_by_hash(store.reader(), "1-hash").await.unwrap().unwrap();
    assert_eq!(found, key("1", Some("a")));
    let later = NOW.after(Duration::from_secs(9));
    write!(store, |tx| api_keys::touch(tx, "1", later).await).unwrap();
    write!(store, |tx| api_keys::touch(tx, "1", NOW).await).unwrap();
    assert!(write!(store, |tx| api_keys::revoke(tx, "1", NOW).await).unwrap());
    assert!(!write!(store, |tx| api_keys::revoke(tx, "1", later).await).unwrap());
    let found = api_keys::find(store.reader(), "1").await.unwrap().unwrap();
    assert_eq!((found.last_used_at, found.revoked_at), (Some(later), Some(NOW)));
    let page = api_keys::list(store.reader(), Some(UserId(1)), Some("2"), 5).await.unwrap();
    assert_eq!(page.len(), 1);
    assert_eq!(api_keys::list(store.reader(), None, None, 5).await.unwrap()[0].id, "2");
    assert_eq!(api_keys::of_session(store.reader(), &session_id("a")).await.unwrap().len(), 1);
    let twice = write!(store, |tx| {
        let mut twice = key("3", None);
        twice.hash = "1-hash".to_owned();
        api_keys::insert(tx, &twice).await
    });
    assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
}

async fn signing_keys_rotate(db: TestDb) {
    let store = db.open().await;
    write!(store, |tx| jwt_keys::insert(tx, "old", &vec![1; 32].into(), NOW).await).unwrap();
    let later = NOW.after(Duration::from_secs(5));
    write!(store, |tx| jwt_keys::insert(tx, "new", &vec![2; 32].into(), later).await).unwrap();
    assert!(write!(store, |tx| jwt_keys::retire(tx, "old", later).await).unwrap());
    let keys = jwt_keys::list(store.reader()).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), ["new", "old"]);
    assert_eq!(keys[1].secret.expose_secret(), [1; 32]);
    assert_eq!((keys[0].retired_at, keys[1].retired_at), (None, Some(later)));
    assert_eq!(write!(store, |tx| jwt_keys::prune(tx, later).await).unwrap(), 0);
    let after = later.after(Duration::from_secs(1));
    assert_eq!(write!(store, |tx| jwt_keys::prune(tx, after).await).unwrap(), 1);
    assert!(jwt_keys::find(store.reader(), "old").await.unwrap().is_none());
}

async fn the_audit_trail_is_paged_newest_first(db: TestDb) {
    let store = db.open().await;
    for target in ["one", "two", "three"] {
        write!(store, |tx| {
            let entry = audit::NewAudit {
                at: NOW,
                actor: "user 1".to_owned(),
                action: "key.revoke",
                target: target.to_owned(),
                detail: String::new(),
            };
            audit::insert(tx, &entry).await
        })
        .unwrap();
    }
    let page = audit::list(store.reader(), None, 2).await.unwrap();
    assert_eq!(page.iter().map(|entry| entry.target.as_str()).collect::<Vec<_>>(), ["three", "two"]);
    let rest = audit::list(store.reader(), Some(&page[1].id), 2).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].target, "one");
}

async fn a_session_is_handed_over_once_at_a_time(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a"]).await;
    let row = HandoverRow {
        session: session_id("a"),
        lease: "l1".to_owned(),
        epoch: 0,
        holder: "key:k".to_owned(),
        taken_at: NOW,
        renewed_at: NOW,
        expires_at: NOW.after(Duration::from_secs(60)),
        expired: false,
    };
    let insert = async |row: HandoverRow| {
        let insert = store.write(move |tx| {
            let row = row.clone();
            Box::pin(async move { handovers::insert(tx, &row).await })
        });
        insert.await
    };
    insert(row.clone()).await.unwrap();
    let twice = insert(HandoverRow { lease: "l2".to_owned(), ..row.clone() }).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
    assert_eq!(handovers::find(store.reader(), &row.session).await.unwrap(), Some(row.clone()));

    let later = NOW.after(Duration::from_secs(61));
    assert_eq!(handovers::run_out(store.reader(), NOW).await.unwrap(), []);
    assert_eq!(handovers::run_out(store.reader(), later).await.unwrap(), std::slice::from_ref(&row));
    let told = HandoverRow { epoch: 3, expired: true, ..row.clone() };
    let written = told.clone();
    let update = store.write(move |tx| {
        let row = written.clone();
        Box::pin(async move { handovers::update(tx, &row).await })
    });
    assert!(update.await.unwrap());
    assert_eq!(handovers::run_out(store.reader(), later).await.unwrap(), []);
    assert_eq!(handovers::find(store.reader(), &row.session).await.unwrap(), Some(told));
    assert!(!write!(store, |tx| handovers::delete(tx, &session_id("a"), "l2").await).unwrap(), "another lease");

    let sealed = write!(store, |tx| handovers::seal_token(tx, &session_id("a"), "l1", b"keys").await).unwrap();
    let open = |lease: &'static str| handovers::open_token(store.reader(), &row.session, lease, &sealed);
    assert_eq!(open("l1").await.unwrap(), b"keys");
    assert!(open("l2").await.is_err(), "sealed for one lease");
    assert!(write!(store, |tx| handovers::delete(tx, &session_id("a"), "l1").await).unwrap());
    assert_eq!(handovers::find(store.reader(), &row.session).await.unwrap(), None);
}
