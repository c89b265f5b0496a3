//! Calls, blocked contacts and the rules about them, the same on every database.

use std::time::Duration;

use switchboard_model::{BlockedContact, Call, CallBlocking, CallStatus, Party, Timestamp};
use switchboard_store::{
    Store,
    blocked_contacts::{self, BlockedRow, NetworkBlock},
    call_settings,
    calls::{self, CallFilter},
    sessions,
};

use crate::database::{TestDb, session_id, with_sessions};

on_each_database!(
    a_call_is_logged_once_and_moves_forward,
    a_caller_is_found_by_either_name,
    calls_are_paged_and_tallied,
    a_block_is_found_until_it_is_over,
    the_networks_list_is_a_list_of_things_to_do,
    rules_read_back_as_written_and_go_with_the_session,
);

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

macro_rules! write {
    ($store:expr, |$tx:ident $(, $cloned:ident)*| $body:expr) => {
        $store
            .write(move |$tx| {
                $(let $cloned = $cloned.clone();)*
                Box::pin(async move { $body })
            })
            .await
            .unwrap()
    };
}

async fn opened(db: &TestDb) -> Store {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    store
}

fn person(pn: Option<&str>, lid: Option<&str>) -> Party {
    Party::person(pn.map(|pn| pn.parse().unwrap()), lid.map(|lid| lid.parse().unwrap())).unwrap()
}

fn both() -> Party {
    person(Some("4915100000002"), Some("77"))
}

fn call(id: &str, from: Party, hours: u64) -> Call {
    let timestamp = NOW.after(Duration::from_secs(hours * 3600));
    Call { id: id.to_owned(), from, video: true, group: false, group_jid: None, timestamp }
}

async fn log(store: &Store, id: &'static str, from: Party, hours: u64) -> bool {
    write!(store, |tx, from| {
        let call = call(id, from, hours);
        calls::insert_new(tx, &session_id("a"), &call, CallStatus::Ringing, call.timestamp).await
    })
}

async fn a_call_is_logged_once_and_moves_forward(db: TestDb) {
    let store = opened(&db).await;
    assert!(log(&store, "C1", both(), 0).await);
    assert!(!log(&store, "C1", both(), 1).await, "the same again");
    let advance = async |to| write!(store, |tx| calls::advance(tx, &session_id("a"), "C1", to).await);
    assert!(advance(CallStatus::Rejected).await);
    assert!(!advance(CallStatus::Missed).await, "what is over stays over");
    write!(store, |tx| calls::note_reply(tx, &session_id("a"), "C1").await);
    let row = calls::find(store.reader(), &session_id("a"), "C1").await.unwrap().unwrap();
    assert_eq!((row.call, row.status, row.reply_sent), (call("C1", both(), 0), CallStatus::Rejected, true));
    assert_eq!(calls::find(store.reader(), &session_id("b"), "C1").await.unwrap(), None);
    assert_eq!(calls::last_reply(store.reader(), &session_id("a"), &both()).await.unwrap(), Some(NOW));
}

async fn a_caller_is_found_by_either_name(db: TestDb) {
    let store = opened(&db).await;
    log(&store, "C1", person(Some("4915100000002"), None), 0).await;
    log(&store, "C2", person(None, Some("77")), 1).await;
    log(&store, "C3", both(), 2).await;
    log(&store, "C4", person(Some("4915100000003"), None), 3).await;
    let count = async |id: &str, hours: u64| {
        let row = calls::find(store.reader(), &session_id("a"), id).await.unwrap().unwrap();
        let since = NOW.after(Duration::from_secs(hours * 3600));
        calls::count_up_to(store.reader(), &session_id("a"), &row, since).await.unwrap()
    };
    assert_eq!((count("C3", 0).await, count("C3", 1).await, count("C1", 0).await), (3, 2, 1));
    write!(store, |tx| calls::pardon(tx, &session_id("a"), &both()).await);
    assert_eq!((count("C3", 0).await, count("C4", 0).await), (0, 1));
}

async fn calls_are_paged_and_tallied(db: TestDb) {
    let store = opened(&db).await;
    for (id, hours) in [("C1", 0), ("C2", 1), ("C3", 24)] {
        log(&store, id, both(), hours).await;
    }
    let page = async |filter: CallFilter| {
        let rows = calls::page(store.reader(), &session_id("a"), &filter, 2).await.unwrap();
        rows.into_iter().map(|row| row.call.id).collect::<Vec<_>>()
    };
    assert_eq!(page(CallFilter::default()).await, ["C3", "C2"]);
    let before = Some((call("C2", both(), 1).timestamp, "C2".to_owned()));
    assert_eq!(page(CallFilter { before, ..CallFilter::default() }).await, ["C1"]);
    let from = Some(person(None, Some("77")));
    assert_eq!(page(CallFilter { from, status: Some(CallStatus::Ringing), ..CallFilter::default() }).await.len(), 2);
    let since = Some(call("", both(), 24).timestamp);
    assert_eq!(page(CallFilter { since, ..CallFilter::default() }).await, ["C3"]);

    let mut tallies = calls::tallies(store.reader(), &session_id("a")).await.unwrap();
    tallies.sort_by_key(|tally| tally.day);
    let shown: Vec<_> = tallies.iter().map(|tally| (tally.day.to_string(), tally.calls)).collect();
    let (first, second) = ("2023-11-14T00:00:00.000Z".to_owned(), "2023-11-15T00:00:00.000Z".to_owned());
    assert_eq!(shown, [(first, 2), (second, 1)]);
    let then = NOW.after(Duration::from_secs(7200));
    assert_eq!(calls::ringing_before(store.reader(), then, 9).await.unwrap().len(), 2);
}

fn block(id: &str, contact: Party, expires_at: Option<Timestamp>) -> BlockedRow {
    let block = BlockedContact {
        id: id.to_owned(),
        contact,
        reason: Some("calls too often".to_owned()),
        blocked_at: NOW,
        expires_at,
    };
    BlockedRow { session: session_id("a"), block, network: NetworkBlock::None }
}

async fn put(store: &Store, row: BlockedRow) {
    write!(store, |tx, row| blocked_contacts::put(tx, &row).await);
}

async fn a_block_is_found_until_it_is_over(db: TestDb) {
    let store = opened(&db).await;
    let end = NOW.after(Duration::from_secs(60));
    put(&store, block("1", both(), Some(end))).await;
    put(&store, block("2", person(Some("4915100000003"), None), None)).await;
    let found =
        blocked_contacts::of_contact(store.reader(), &session_id("a"), &person(None, Some("77"))).await.unwrap();
    assert_eq!(found, [block("1", both(), Some(end))]);
    let of = async |now, before: Option<(Timestamp, String)>| {
        let page = blocked_contacts::page(store.reader(), &session_id("a"), now, before.as_ref(), 9).await.unwrap();
        page.into_iter().map(|row| row.block.id).collect::<Vec<_>>()
    };
    assert_eq!(of(NOW, None).await, ["2", "1"]);
    assert_eq!(of(NOW, Some((NOW, "2".to_owned()))).await, ["1"]);
    assert_eq!(of(end, None).await, ["2"]);
    assert_eq!(blocked_contacts::expired(store.reader(), end, 9).await.unwrap().len(), 1);
    put(&store, block("1", both(), None)).await;
    assert!(blocked_contacts::expired(store.reader(), end, 9).await.unwrap().is_empty(), "written over");
}

async fn the_networks_list_is_a_list_of_things_to_do(db: TestDb) {
    let store = opened(&db).await;
    let wanted = BlockedRow { network: NetworkBlock::Wanted, ..block("1", both(), None) };
    put(&store, wanted.clone()).await;
    assert_eq!(blocked_contacts::untold(store.reader(), None).await.unwrap().len(), 1);
    let (first, again) = (wanted.clone(), wanted);
    assert!(write!(store, |tx, first| blocked_contacts::set_network(tx, &first, NetworkBlock::Lifting).await));
    assert!(
        !write!(store, |tx, again| blocked_contacts::set_network(tx, &again, NetworkBlock::Done).await),
        "changed since"
    );
    assert!(
        blocked_contacts::find(store.reader(), &session_id("a"), "1").await.unwrap().is_none(),
        "no block any more"
    );
    assert_eq!(blocked_contacts::untold(store.reader(), Some(&session_id("a"))).await.unwrap().len(), 1);
    write!(store, |tx| blocked_contacts::forget_lifting(tx, &session_id("a"), &both()).await);
    assert!(blocked_contacts::untold(store.reader(), None).await.unwrap().is_empty());
}

async fn rules_read_back_as_written_and_go_with_the_session(db: TestDb) {
    let store = opened(&db).await;
    let read = async || call_settings::get(store.reader(), &session_id("a")).await.unwrap();
    assert_eq!(read().await, CallBlocking::default());
    for limit in [4, 5] {
        let rules = CallBlocking { enabled: true, daily_limit: limit, ..CallBlocking::default() };
        write!(store, |tx, rules| call_settings::put(tx, &session_id("a"), &rules).await);
        assert_eq!(read().await.daily_limit, limit);
    }
    log(&store, "C1", both(), 0).await;
    put(&store, block("1", both(), None)).await;
    write!(store, |tx| sessions::delete(tx, &session_id("a")).await);
    assert_eq!(calls::find(store.reader(), &session_id("a"), "C1").await.unwrap(), None);
    assert!(blocked_contacts::find(store.reader(), &session_id("a"), "1").await.unwrap().is_none());
}
