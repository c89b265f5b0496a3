//! The list of chats, the same on every database.

use std::time::Duration;

use switchboard_model::{
    Chat, ChatKind, Content, Context, Jid, Later, Message, MessageId, MessageRef, MessageStatus, Mute, Party, Timestamp,
};
use switchboard_store::{
    Store,
    chats::{self, ChatChange, ChatFilter},
    messages,
};

use crate::database::{TestDb, session_id, with_sessions};

on_each_database!(
    a_chat_follows_its_messages,
    reading_lowers_and_never_raises,
    chats_are_paged_by_their_last_message,
    a_chat_is_archived_pinned_and_muted,
    a_name_given_by_the_account_stays,
);

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
const ANA: &str = "4915100000002@s.whatsapp.net";
const BEN: &str = "4915100000003@s.whatsapp.net";
const GROUP: &str = "120363000000000001@g.us";

macro_rules! write {
    ($store:expr, |$tx:ident| $body:expr) => {
        $store.write(move |$tx| Box::pin(async move { $body })).await.unwrap()
    };
}

async fn opened(db: &TestDb) -> Store {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    store
}

fn jid(text: &str) -> Jid {
    text.parse().unwrap()
}

fn message(id: &str, chat: &str, second: u64) -> Message {
    let chat: Party = jid(chat).into();
    Message {
        id: MessageId(id.to_owned()),
        session: session_id("a"),
        sender: if chat.jid.is_group() { jid(ANA).into() } else { chat.clone() },
        chat,
        from_me: false,
        timestamp: NOW.after(Duration::from_secs(second)),
        push_name: Some("Ana".to_owned()),
        content: Content::Text { text: id.to_owned() },
        context: Context::default(),
        later: Later::default(),
    }
}

async fn write_all(store: &Store, all: Vec<Message>) {
    let all = std::sync::Arc::new(all);
    let written = store.write(move |tx| {
        let all = std::sync::Arc::clone(&all);
        Box::pin(async move {
            for message in all.iter() {
                messages::insert_new(tx, message, MessageStatus::Delivered).await?;
                chats::written(tx, message).await?;
            }
            Ok(())
        })
    });
    written.await.unwrap();
}

async fn found(store: &Store, chat: &str) -> Chat {
    chats::find(store.reader(), &session_id("a"), &jid(chat)).await.unwrap().unwrap()
}

async fn a_chat_follows_its_messages(db: TestDb) {
    let store = opened(&db).await;
    let own = Message { from_me: true, push_name: None, ..message("O", ANA, 3) };
    let target = MessageRef::named(MessageId("A".to_owned()));
    let reaction = Content::Reaction { target, emoji: "👍".to_owned() };
    let reaction = Message { content: reaction, ..message("R", ANA, 8) };
    write_all(&store, vec![message("A", ANA, 5), own, reaction, message("S", "status@broadcast", 9)]).await;
    let chat = found(&store, ANA).await;
    assert_eq!((chat.name.as_deref(), chat.kind, chat.unread), (Some("Ana"), ChatKind::Person, 1));
    assert_eq!(chat.last_at, Some(NOW.after(Duration::from_secs(5))), "an earlier message came late");
    let all = chats::page(store.reader(), &session_id("a"), &ChatFilter::default(), 9).await.unwrap();
    assert_eq!(all.len(), 1, "status posts make no chat");
    assert!(chats::find(store.reader(), &session_id("b"), &jid(ANA)).await.unwrap().is_none());
}

async fn reading_lowers_and_never_raises(db: TestDb) {
    let store = opened(&db).await;
    write_all(&store, vec![message("A", ANA, 1), message("B", ANA, 2), message("C", ANA, 3)]).await;
    let read = async |second: u64| {
        let at = NOW.after(Duration::from_secs(second));
        write!(store, |tx| chats::read_until(tx, &session_id("a"), &jid(ANA), at).await).map(|chat| chat.unread)
    };
    assert_eq!(read(2).await, Some(1));
    assert_eq!(read(1).await, None, "an earlier receipt comes late");
    assert_eq!(read(3).await, Some(0));
    assert_eq!(read(3).await, None);
    assert_eq!(write!(store, |tx| chats::read_until(tx, &session_id("a"), &jid(BEN), NOW).await), None);
}

async fn chats_are_paged_by_their_last_message(db: TestDb) {
    let store = opened(&db).await;
    write_all(&store, vec![message("A", ANA, 1), message("B", BEN, 2), message("G", GROUP, 2)]).await;
    let page = async |filter: ChatFilter, limit: u64| {
        chats::page(store.reader(), &session_id("a"), &filter, limit).await.unwrap()
    };
    let first = page(ChatFilter::default(), 2).await;
    let last = first.last().unwrap();
    let before = Some((last.chat.last_at.unwrap(), last.key.clone()));
    let rest = page(ChatFilter { before, ..ChatFilter::default() }, 2).await;
    assert_eq!((first.len(), rest.len()), (2, 1));
    assert_eq!(rest[0].chat.party.jid, jid(ANA));
    let groups = page(ChatFilter { kind: Some(ChatKind::Group), ..ChatFilter::default() }, 9).await;
    assert_eq!((groups.len(), groups[0].chat.name.as_deref()), (1, None));
    write!(store, |tx| chats::read_until(tx, &session_id("a"), &jid(GROUP), NOW.after(Duration::from_secs(9))).await);
    assert_eq!(page(ChatFilter { unread: Some(true), ..ChatFilter::default() }, 9).await.len(), 2);
    assert_eq!(page(ChatFilter { unread: Some(false), ..ChatFilter::default() }, 9).await.len(), 1);
}

async fn a_chat_is_archived_pinned_and_muted(db: TestDb) {
    let store = opened(&db).await;
    write_all(&store, vec![message("A", ANA, 1)]).await;
    let change = async |chat: &'static str, change: ChatChange| {
        let change = std::sync::Arc::new(change);
        let write = store.write(move |tx| {
            let change = std::sync::Arc::clone(&change);
            Box::pin(async move { chats::change(tx, &session_id("a"), &jid(chat).into(), &change).await })
        });
        write.await.unwrap()
    };
    let archive = ChatChange { archived: Some(true), muted: Some(Mute::Forever), ..ChatChange::default() };
    let chat = change(ANA, archive.clone()).await.unwrap();
    assert_eq!((chat.archived, chat.pinned, chat.muted, chat.unread), (true, false, Mute::Forever, 1));
    assert_eq!(change(ANA, archive).await, None, "nothing is different");
    let until = Mute::Until(NOW);
    change(ANA, ChatChange { muted: Some(until), pinned: Some(true), ..ChatChange::default() }).await.unwrap();
    assert_eq!((found(&store, ANA).await.muted, found(&store, ANA).await.pinned), (until, true));
    change(BEN, ChatChange { pinned: Some(true), ..ChatChange::default() }).await.unwrap();
    assert_eq!(found(&store, BEN).await.last_at, None, "made by being pinned");
    let filter = ChatFilter { archived: Some(true), ..ChatFilter::default() };
    assert_eq!(chats::page(store.reader(), &session_id("a"), &filter, 9).await.unwrap().len(), 1);
}

async fn a_name_given_by_the_account_stays(db: TestDb) {
    let store = opened(&db).await;
    let name = async |chat: &'static str, name: &'static str, given: bool| {
        write!(store, |tx| chats::named(tx, &session_id("a"), &jid(chat).into(), name, given).await);
    };
    name(ANA, "Nobody", true).await;
    assert!(
        chats::find(store.reader(), &session_id("a"), &jid(ANA)).await.unwrap().is_none(),
        "no chat by a name alone"
    );
    write_all(&store, vec![message("A", ANA, 1)]).await;
    name(ANA, "Aunt Ana", true).await;
    write_all(&store, vec![message("B", ANA, 2)]).await;
    assert_eq!(found(&store, ANA).await.name.as_deref(), Some("Aunt Ana"));
    name(GROUP, "Holidays", false).await;
    name(GROUP, "Summer", false).await;
    assert_eq!(found(&store, GROUP).await.name.as_deref(), Some("Summer"));
}
