//! The storage by itself, on a store in memory.

use std::sync::Arc;

use bytes::Bytes;
use switchboard_model::{Desired, ManualClock, Origin, Session, SessionState, Timestamp, UserId};
use switchboard_store::{sessions, users};
use tokio::sync::mpsc::UnboundedReceiver;
use wacore::store::traits::{
    AppStateSyncKey, AppSyncStore, DeviceStore, LidPnMappingEntry, MsgSecretEntry, MsgSecretStore, PendingInboundRow,
    ProtocolStore, SignalStore,
};

use super::*;

struct Bench {
    store: Store,
    backend: SessionStore,
    fence: Fence,
    clock: Arc<ManualClock>,
    orphans: UnboundedReceiver<Box<Missed>>,
}

const LONG: Duration = Duration::from_secs(600);

async fn bench() -> Bench {
    let store = Store::in_memory().await.unwrap();
    let id: SessionId = "s".parse().unwrap();
    let epoch = make(&store, &id).await;
    let fence = Fence::open_for(LONG);
    let clock = Arc::new(ManualClock::default());
    let (lost, orphans) = tokio::sync::mpsc::unbounded_channel();
    let backend = SessionStore::new(store.clone(), id, (epoch, fence.clone()), clock.clone(), lost);
    Bench { store, backend, fence, clock, orphans }
}

async fn make(store: &Store, id: &SessionId) -> i64 {
    let id = id.clone();
    let made = store.write(move |tx| {
        let id = id.clone();
        Box::pin(async move {
            let (username, password_hash, role) = ("o".to_owned(), "-".to_owned(), "admin".to_owned());
            let created_at = Timestamp::default();
            users::insert(tx, &users::NewUser { username, password_hash, role, created_at }).await?;
            sessions::insert(tx, &session(id.clone())).await?;
            leases::acquire(tx, &id, "here", None, LONG).await
        })
    });
    made.await.unwrap().unwrap()
}

fn session(id: SessionId) -> Session {
    Session {
        id,
        name: "s".to_owned(),
        owner: UserId::ADMIN,
        origin: Origin::Native,
        desired: Desired::Connected,
        state: SessionState::Created,
        phone: None,
        lid: None,
        linked: false,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

#[tokio::test]
async fn records_are_kept_replaced_and_deleted() {
    let b = bench().await.backend;
    let (one, two): (Arc<str>, Arc<str>) = ("1@s.whatsapp.net.0".into(), "1:7@s.whatsapp.net.0".into());
    let batch = [(one.clone(), Bytes::from_static(b"a")), (two.clone(), Bytes::from_static(b"b"))];
    b.put_sessions_batch(&batch).await.unwrap();
    b.put_session(&one, b"newer").await.unwrap();
    assert_eq!(b.get_session(&one).await.unwrap().unwrap(), "newer");
    b.delete_session(&one).await.unwrap();
    assert!(b.get_session(&one).await.unwrap().is_none());
    assert!(b.has_signal_state_for_user("1").await.unwrap());
    assert!(!b.has_signal_state_for_user("11").await.unwrap());
    b.put_identities_batch(&[(two.clone(), [7; 32])]).await.unwrap();
    assert_eq!(b.load_identity(&two).await.unwrap(), Some([7; 32]));
    b.put_sender_keys_batch(&[("g@g.us::1.0".into(), Bytes::from_static(b"k"))]).await.unwrap();
    assert_eq!(b.get_sender_key("g@g.us::1.0").await.unwrap().unwrap(), b"k");
}

#[tokio::test]
async fn a_used_prekey_stays_gone_when_its_upload_is_noted() {
    let b = bench().await.backend;
    let keys: Vec<(u32, Bytes)> = (1..=12).map(|id| (id, Bytes::from(vec![u8::try_from(id).unwrap(); 3]))).collect();
    b.store_prekeys_batch(&keys, false).await.unwrap();
    b.remove_prekey(2).await.unwrap();
    b.mark_prekeys_uploaded(&[1, 2, 3]).await.unwrap();
    assert!(b.load_prekey(2).await.unwrap().is_none());
    assert_eq!(b.load_prekeys_batch(&[1, 2, 12]).await.unwrap(), [keys[0].clone(), keys[11].clone()]);
    assert_eq!(b.get_max_prekey_id().await.unwrap(), 12);
    b.store_signed_prekey(9, b"signed").await.unwrap();
    assert_eq!(b.load_all_signed_prekeys().await.unwrap(), [(9, b"signed".to_vec())]);
}

#[tokio::test]
async fn the_device_comes_back_as_it_was() {
    let b = bench().await.backend;
    assert!(!b.exists().await.unwrap());
    b.create().await.unwrap();
    let mut device = b.load().await.unwrap().unwrap();
    device.push_name = "Gateway".to_owned();
    b.save(&device).await.unwrap();
    let again = b.load().await.unwrap().unwrap();
    assert_eq!(again.push_name, "Gateway");
    assert_eq!(again.identity_key.public_key, device.identity_key.public_key);
    assert_eq!(again.signed_pre_key_signature, device.signed_pre_key_signature);
}

#[tokio::test]
async fn a_lid_that_moves_leaves_no_trace_at_its_old_number() {
    let b = bench().await.backend;
    let entry = |phone: &str| LidPnMappingEntry {
        lid: "100".to_owned(),
        phone_number: phone.to_owned(),
        created_at: 1,
        updated_at: 2,
        learning_source: "usync".to_owned(),
    };
    b.put_lid_mapping(&entry("111")).await.unwrap();
    b.put_lid_mapping(&entry("222")).await.unwrap();
    assert!(b.get_pn_mapping("111").await.unwrap().is_none());
    assert_eq!(b.get_pn_mapping("222").await.unwrap().unwrap().lid, "100");
    assert_eq!(b.get_all_lid_mappings().await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_smaller_tables_hold_what_they_are_given() {
    let Bench { backend: b, clock, .. } = bench().await;
    b.set_sender_key_status("g@g.us", &[("1:1@lid", true), ("2:1@lid", false)]).await.unwrap();
    b.set_sender_key_status("g@g.us", &[("2:1@lid", true)]).await.unwrap();
    b.delete_sender_key_device_rows(&["1:1@lid"]).await.unwrap();
    assert_eq!(b.get_sender_key_devices("g@g.us").await.unwrap(), [("2:1@lid".to_owned(), true)]);
    b.set_sync_key(&[1, 2], AppStateSyncKey { key_data: vec![9], ..Default::default() }).await.unwrap();
    assert_eq!(b.get_latest_sync_key_id().await.unwrap().unwrap(), [1, 2]);
    assert_eq!(b.get_sync_key(&[1, 2]).await.unwrap().unwrap().key_data, [9]);
    b.store_sent_message("c", "ID", b"payload").await.unwrap();
    assert_eq!(b.take_sent_message("c", "ID").await.unwrap().unwrap(), b"payload");
    assert!(b.take_sent_message("c", "ID").await.unwrap().is_none(), "given out once");
    b.store_sent_message("c", "OLD", b"x").await.unwrap();
    clock.advance(LONG);
    assert_eq!(b.delete_expired_sent_messages(clock.now().secs()).await.unwrap(), 1);
    assert!(b.get_tc_token("1@lid").await.unwrap().is_none());
    b.touch_tc_token_sender_timestamp("1@lid", 50).await.unwrap();
    b.store_received_tc_token("1@lid", b"token", 40).await.unwrap();
    b.store_received_tc_token("1@lid", b"stale", 30).await.unwrap();
    let token = b.get_tc_token("1@lid").await.unwrap().unwrap();
    assert_eq!((token.token.as_slice(), token.sender_timestamp), (&b"token"[..], Some(50)));
    b.delete_tc_token("1@lid").await.unwrap();
    assert!(b.get_tc_token("1@lid").await.unwrap().is_none(), "what is kept of it goes too");
}

#[tokio::test]
async fn a_secret_never_lives_shorter_than_before() {
    let b = bench().await.backend;
    let entry = |expires_at| MsgSecretEntry {
        chat: "c".into(),
        sender: "s".into(),
        msg_id: "m".into(),
        secret: [3; 32],
        expires_at,
        message_ts: 5,
    };
    b.put_msg_secrets(vec![entry(100), entry(50)]).await.unwrap();
    assert_eq!(b.delete_expired_msg_secrets(99).await.unwrap(), 0);
    assert_eq!(b.get_msg_secret_with_ts("c", "s", "m").await.unwrap(), Some((vec![3; 32], 5)));
    assert_eq!(b.delete_expired_msg_secrets(100).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_delivered_again_is_replayed_known_or_asked_for() {
    let Bench { backend: b, mut orphans, .. } = bench().await;
    let row = PendingInboundRow { chat: "c@lid", sender: "s:3@lid", id: "M", message: b"body" };
    b.store_pending_inbound_batch(&[row]).await.unwrap();
    assert_eq!(b.get_pending_inbound("c@lid", "s:3@lid", "M").await.unwrap().unwrap(), b"body");
    b.delete_pending_inbound("c@lid", "s:3@lid", "M").await.unwrap();

    assert!(b.get_pending_inbound("c@lid", "s:3@lid", "M").await.is_err(), "the network must keep it");
    let Missed { orphan, acknowledged, .. } = *orphans.recv().await.unwrap();
    assert!(!acknowledged);
    assert_eq!((orphan.chat.as_str(), orphan.id.as_str()), ("c@lid", "M"));
    b.settle(&[orphan]).await.unwrap();
    assert!(b.get_pending_inbound("c@lid", "s:3@lid", "M").await.unwrap().is_none(), "acknowledged");
}

#[tokio::test]
async fn what_was_acknowledged_and_did_not_come_is_missed() {
    let Bench { backend: b, mut orphans, clock, .. } = bench().await;
    let post = |id: &str| Orphan { chat: "status@broadcast".into(), sender: "s:3@lid".into(), id: id.into() };
    b.foretell(&[post("COMES"), post("LOST")]).await.unwrap();
    b.fulfil(&["COMES"]).await.unwrap();
    let buffered = PendingInboundRow { chat: "status@broadcast", sender: "s:3@lid", id: "LOST", message: b"body" };
    b.store_pending_inbound_batch(&[buffered]).await.unwrap();
    b.miss_foretold().await.unwrap();
    let missed = orphans.recv().await.unwrap();
    assert!(missed.acknowledged && missed.orphan == post("LOST"), "{missed:?}");
    assert!(
        !b.is_settled(&missed.orphan).await.unwrap(),
        "nobody delivers it again, so nobody asks for the buffered copy"
    );
    clock.advance(Duration::from_secs(25 * 3600));
    b.miss_foretold().await.unwrap();
    assert!(orphans.try_recv().is_err(), "its author has it no more");
}

#[tokio::test]
async fn nothing_is_written_behind_the_fence_or_under_an_old_epoch() {
    let Bench { store, backend: b, fence, .. } = bench().await;
    b.put_session("a", b"mine").await.unwrap();
    let taken =
        store.write(|tx| Box::pin(async move { leases::acquire(tx, &"s".parse().unwrap(), "here", None, LONG).await }));
    taken.await.unwrap().unwrap();
    let error = b.put_session("a", b"not mine").await.unwrap_err();
    assert!(!error.is_database_busy_or_locked(), "the engine would try again: {error:?}");
    assert!(fence.check().is_err(), "who lost the lease learns it at the first write");
    assert!(b.delete_session("a").await.is_err());
    assert_eq!(b.get_session("a").await.unwrap().unwrap(), "mine");
}

#[tokio::test]
async fn odd_ids_are_kept_too() {
    let b = bench().await.backend;
    for id in ["é", "a b", "", &"x".repeat(300)] {
        b.put_session(id, b"odd").await.unwrap();
        assert_eq!(b.get_session(id).await.unwrap().unwrap(), "odd", "{id:?}");
    }
}
