//! Labels on the fake engine and a real store.

use switchboard_model::{EventBody, Jid, Label};

use super::{ChangeLabel, NewLabel};
use crate::{
    Caller, ChatQuery, Error, EventQuery,
    engine::{Fact, LabelNews, LabelTurn},
    testing::{Office, inbound},
};

const ANA: &str = "6281100000002";

fn label(id: &str, name: &str, color: u32) -> Label {
    Label { id: id.to_owned(), name: name.to_owned(), color }
}

#[tokio::test]
async fn labels_are_made_changed_put_on_chats_and_deleted() {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    link.deliver(vec![inbound("A1", ANA, 0)]).await.expect("stored");
    let (core, caller) = (&office.core, &Caller::System);
    let ana: Jid = ANA.parse().expect("an address");
    let new = NewLabel { name: " New customer ".to_owned(), color: 3 };
    assert_eq!(core.create_label(caller, &session, new).await.expect("made"), label("1", "New customer", 3));
    let new = NewLabel { name: "Paid".to_owned(), color: 0 };
    assert_eq!(core.create_label(caller, &session, new).await.expect("made"), label("2", "Paid", 0));
    let change = ChangeLabel { color: Some(5), ..ChangeLabel::default() };
    let changed = core.change_label(caller, &session, "1", change).await.expect("changed");
    assert_eq!(changed, label("1", "New customer", 5));
    for id in ["2", "1", "1"] {
        core.label_chat(caller, &session, &ana, id, true).await.expect("labelled");
    }
    assert_eq!(core.chat(caller, &session, &ana).await.expect("a chat").labels, ["1", "2"]);
    let with = ChatQuery { label: Some("2".to_owned()), ..ChatQuery::default() };
    assert_eq!(core.chats(caller, &session, with.clone()).await.expect("chats").chats.len(), 1);
    core.label_chat(caller, &session, &ana, "2", false).await.expect("taken off");
    assert_eq!(core.chats(caller, &session, with).await.expect("chats").chats.len(), 0);
    core.delete_label(caller, &session, "1").await.expect("deleted");
    assert_eq!(core.chat(caller, &session, &ana).await.expect("a chat").labels, [""; 0]);
    assert_eq!(core.labels(caller, &session).await.expect("labels"), [label("2", "Paid", 0)]);
    let told = core.events(caller, &EventQuery::default(), 0).await.expect("events").events;
    let count = |kind| told.iter().filter(|event| event.body.kind() == kind).count();
    assert_eq!((count("label.updated"), count("chat.labeled"), count("label.deleted")), (3, 3, 1));
}

#[tokio::test]
async fn what_other_devices_do_is_written_down_and_told_once() {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    let ana: Jid = ANA.parse().expect("an address");
    let news = |turn, old| Fact::Label(LabelNews { turn, old });
    let put = |label: &str| LabelTurn::OnChat { chat: ana.clone().into(), label: label.to_owned(), labeled: true };
    link.report(news(LabelTurn::Is(label("7", "Old", 1)), true));
    link.report(news(put("7"), true));
    link.report(news(LabelTurn::Is(label(&"9".repeat(65), "Not one", 1)), false));
    link.report(news(LabelTurn::Is(label("8", "New", 2)), false));
    link.report(news(LabelTurn::Is(label("8", "New", 2)), false));
    link.report(news(put("8"), false));
    link.report(news(LabelTurn::Deleted { id: "7".to_owned() }, false));
    office.event(&session, |body| matches!(body, EventBody::LabelDeleted { id } if id == "7")).await;
    let told = office.core.events(&Caller::System, &EventQuery::default(), 0).await.expect("events").events;
    let count = |kind| told.iter().filter(|event| event.body.kind() == kind).count();
    assert_eq!((count("label.updated"), count("chat.labeled"), count("label.deleted")), (1, 1, 1));
    let chat = office.core.chat(&Caller::System, &session, &ana).await.expect("a chat by its label");
    assert_eq!(chat.labels, ["8"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let office = Office::open().await;
    let (session, _) = office.linked("shop").await;
    let (core, caller) = (&office.core, &Caller::System);
    for (name, color) in [("", 1), (" ", 1), ("Paid", 20), (&*"x".repeat(101), 1)] {
        let made = core.create_label(caller, &session, NewLabel { name: name.to_owned(), color }).await;
        assert!(matches!(made, Err(Error::Invalid { .. })), "{name} {color}: {made:?}");
    }
    let missing = core.change_label(caller, &session, "1", ChangeLabel::default()).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
    let nobody: Jid = ANA.parse().expect("an address");
    core.create_label(caller, &session, NewLabel { name: "Paid".to_owned(), color: 1 }).await.expect("made");
    let missing = core.label_chat(caller, &session, &nobody, "1", true).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
}
