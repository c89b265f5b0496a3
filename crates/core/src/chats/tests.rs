//! Chats follow what is written and read, on the fake engine and a real store.

use switchboard_model::{Chat, ChatKind, Content, EventBody, Jid, MessageId, MessageRef, Mute, Timestamp};

use super::{ChangeChat, ChatQuery};
use crate::{
    Caller, Error, EventQuery,
    engine::{ChatDecision, ChatNews, ChatTurn, Fact, GroupNews, GroupTurn, Inbound},
    testing::{Office, inbound},
};

const ANA: &str = "6281100000002";
const GROUP: &str = "120363000000000001@g.us";

async fn shown(office: &Office, query: ChatQuery) -> Vec<Chat> {
    let session = "shop".parse().expect("an id");
    let page = office.core.chats(&Caller::System, &session, query).await.expect("chats");
    page.chats.into_iter().map(|view| view.chat).collect()
}

async fn unread(office: &Office) -> Vec<(Option<String>, u32)> {
    shown(office, ChatQuery::default()).await.into_iter().map(|chat| (chat.name, chat.unread)).collect()
}

#[tokio::test]
async fn what_comes_in_is_unread_until_it_is_read_here_or_elsewhere() {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    let ana = || Some("Ana".to_owned());
    link.deliver(vec![inbound("A1", ANA, 0), inbound("A2", ANA, 1), inbound("A3", ANA, 2)]).await.expect("stored");
    assert_eq!(unread(&office).await, [(ana(), 3)]);
    link.deliver(vec![inbound("A3", ANA, 2)]).await.expect("known");
    let target = MessageRef::named(MessageId("A1".to_owned()));
    let reaction = Content::Reaction { target, emoji: "👍".to_owned() };
    link.deliver(vec![Inbound { content: reaction, ..inbound("R", ANA, 9) }]).await.expect("stored");
    assert_eq!(unread(&office).await, [(ana(), 3)], "neither a repetition nor a reaction is something to read");

    office.core.mark_read(&Caller::System, &session, &MessageId("A1".to_owned())).await.expect("marked");
    assert_eq!(unread(&office).await, [(ana(), 2)]);
    link.report(Fact::ReadElsewhere { ids: vec![MessageId("A2".to_owned()), MessageId("none".to_owned())] });
    let told = office.event(&session, |body| matches!(body, EventBody::ChatUpdated(chat) if chat.unread == 1));
    assert_eq!(told.await.chat().map(|chat| chat.jid.to_string()), Some(format!("{ANA}@s.whatsapp.net")));
    office.core.mark_chat_read(&Caller::System, &session, &ANA.parse().expect("an address")).await.expect("marked");
    assert_eq!(unread(&office).await, [(ana(), 0)]);
    let marked = office.engine.session(&session).marked_read();
    assert_eq!(marked.iter().map(|id| id.0.as_str()).collect::<Vec<_>>(), ["A1", "A3"]);
}

#[tokio::test]
async fn what_is_decided_here_or_elsewhere_is_told_once() {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    link.deliver(vec![inbound("A1", ANA, 0)]).await.expect("stored");
    let ana: Jid = ANA.parse().expect("an address");
    let change = ChangeChat { pinned: Some(true), muted: Some(Mute::Forever), ..ChangeChat::default() };
    let view = office.core.change_chat(&Caller::System, &session, &ana, change).await.expect("changed");
    assert_eq!((view.chat.pinned, view.chat.muted, view.chat.archived), (true, Mute::Forever, false));
    let jid = format!("{ANA}@s.whatsapp.net");
    let noticed = office.engine.session(&session).noticed();
    assert_eq!(noticed, [format!("Pinned(true) {jid}"), format!("Muted(Forever) {jid}")]);
    office.core.star(&Caller::System, &session, &MessageId("A1".to_owned()), true).await.expect("starred");

    let news = |turn, old| Fact::Chat(ChatNews { chat: ana.clone().into(), turn, old });
    link.report(news(ChatTurn::Decided(ChatDecision::Pinned(true)), false));
    link.report(news(ChatTurn::Decided(ChatDecision::Archived(true)), true));
    link.report(news(ChatTurn::Starred { id: MessageId("A1".to_owned()), starred: true }, false));
    link.report(news(ChatTurn::Named("Aunt Ana".to_owned()), false));
    link.report(news(ChatTurn::Decided(ChatDecision::Read(true)), false));
    let read = |body: &EventBody| matches!(body, EventBody::ChatUpdated(chat) if chat.unread == 0);
    let EventBody::ChatUpdated(chat) = office.event(&session, read).await else { panic!("a chat") };
    assert_eq!((chat.archived, chat.name.as_deref()), (true, Some("Aunt Ana")));
    let told = office.core.events(&Caller::System, &EventQuery::default(), 0).await.expect("events").events;
    let count = |kind| told.iter().filter(|event| event.body.kind() == kind).count();
    assert_eq!((count("chat.updated"), count("message.starred")), (3, 1), "what is known already is no news");
    let past = ChangeChat { muted: Some(Mute::Until(Timestamp::from_secs(1))), ..ChangeChat::default() };
    assert!(matches!(office.core.change_chat(&Caller::System, &session, &ana, past).await, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn chats_are_paged_and_filtered() {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    let own = Inbound { from_me: true, ..inbound("O", "6281100000003", 5) };
    link.deliver(vec![inbound("A", ANA, 1), inbound("G", GROUP, 3), own]).await.expect("stored");
    let news = GroupTurn::Joined { subject: "Holidays".to_owned() };
    let at = Timestamp::from_secs(1_767_603_603);
    link.report(Fact::Group(GroupNews { group: GROUP.parse().expect("an address"), by: None, at, news }));
    office.event(&session, |body| matches!(body, EventBody::GroupJoined { .. })).await;

    let kinds: Vec<ChatKind> = shown(&office, ChatQuery::default()).await.iter().map(|chat| chat.kind).collect();
    assert_eq!(kinds, [ChatKind::Person, ChatKind::Group, ChatKind::Person]);
    let groups = shown(&office, ChatQuery { kind: Some(ChatKind::Group), ..ChatQuery::default() }).await;
    assert_eq!(groups[0].name.as_deref(), Some("Holidays"), "a group is not called after who writes in it");
    assert_eq!(shown(&office, ChatQuery { unread: Some(true), ..ChatQuery::default() }).await.len(), 2);
    assert_eq!(shown(&office, ChatQuery { archived: Some(true), ..ChatQuery::default() }).await.len(), 0);

    let first = ChatQuery { limit: Some(2), ..ChatQuery::default() };
    let page = office.core.chats(&Caller::System, &session, first.clone()).await.expect("a page");
    let rest = shown(&office, ChatQuery { before: page.next, ..first }).await;
    assert_eq!(
        rest.iter().map(|chat| chat.party.jid.to_string()).collect::<Vec<_>>(),
        [format!("{ANA}@s.whatsapp.net")]
    );
    let newest = page.chats[1].last.as_ref().map(|view| view.message.id.0.as_str());
    assert_eq!(newest, Some("G"));
}
