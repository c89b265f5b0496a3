//! A person has one chat, by whichever name the network speaks of them.

use switchboard_model::{EventBody, Jid, MessageId, Mute, Party, SessionId};

use super::{ChangeChat, ChatQuery};
use crate::{
    Caller, MessageQuery, NewLabel,
    engine::{Inbound, fake::FakeLink},
    testing::{Office, inbound},
};

const PHONE: &str = "6281100000002";
const LID: &str = "100000000000002@lid";
const GROUP: &str = "120363000000000001@g.us";

fn by_both() -> Party {
    let lid: Party = LID.parse::<Jid>().expect("an address").into();
    Party::person(PHONE.parse().ok(), lid.lid).expect("a person")
}

async fn says(link: &FakeLink, id: &str, as_who: Party, second: i64) {
    let message = inbound(id, PHONE, second);
    link.deliver(vec![Inbound { chat: as_who.clone(), sender: as_who, ..message }]).await.expect("stored");
}

fn named(text: &str) -> Party {
    text.parse::<Jid>().expect("an address").into()
}

async fn listed(office: &Office, session: &SessionId) -> Vec<(Party, u32)> {
    let page = office.core.chats(&Caller::System, session, ChatQuery::default()).await.expect("chats");
    page.chats.into_iter().map(|view| (view.chat.party, view.chat.unread)).collect()
}

async fn messages(office: &Office, session: &SessionId, chat: &str) -> Vec<String> {
    let query = MessageQuery { chat: Some(chat.parse().expect("an address")), ..MessageQuery::default() };
    let page = office.core.messages(&Caller::System, session, query).await.expect("messages");
    page.messages.into_iter().map(|view| view.message.id.0).collect()
}

#[tokio::test]
async fn a_chat_known_by_lid_goes_on_under_the_phone_number() {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    says(&link, "L1", named(LID), 0).await;
    let (core, caller, lid) = (&office.core, &Caller::System, LID.parse::<Jid>().expect("an address"));
    let change = ChangeChat { archived: Some(true), muted: Some(Mute::Forever), ..ChangeChat::default() };
    core.change_chat(caller, &session, &lid, change).await.expect("changed");
    let label =
        core.create_label(caller, &session, NewLabel { name: "Paid".to_owned(), color: 1 }).await.expect("made");
    core.label_chat(caller, &session, &lid, &label.id, true).await.expect("labelled");
    let in_group = Inbound { sender: named(LID), ..inbound("G1", GROUP, 1) };
    link.deliver(vec![in_group]).await.expect("stored");

    says(&link, "B1", by_both(), 2).await;
    says(&link, "L2", named(LID), 3).await;
    says(&link, "P1", named(PHONE), 4).await;
    assert_eq!(listed(&office, &session).await, [(by_both(), 4), (named(GROUP), 1)]);
    for name in [PHONE, LID] {
        assert_eq!(messages(&office, &session, name).await, ["P1", "L2", "B1", "L1"], "asked by {name}");
        let view = core.chat(caller, &session, &named(name).jid).await.expect("a chat");
        assert_eq!((view.chat.archived, view.chat.muted, view.labels), (true, Mute::Forever, vec![label.id.clone()]));
    }
    let told = office.event(&session, |body| body.message().is_some_and(|message| message.id.0 == "L2")).await;
    assert_eq!(told.chat(), Some(&by_both()), "the number is known by then");
    core.mark_chat_read(caller, &session, &lid).await.expect("marked");
    assert_eq!(listed(&office, &session).await[0].1, 0);
    let group = core.message(caller, &session, &MessageId("G1".to_owned())).await.expect("still there");
    assert_eq!(group.message.sender, by_both());

    core.erase_person(caller, &session, &lid).await.expect("erased");
    assert_eq!(listed(&office, &session).await, [(named(GROUP), 1)]);
    assert_eq!(messages(&office, &session, GROUP).await, [""; 0]);
}

#[tokio::test]
async fn two_chats_of_one_person_become_one() {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    says(&link, "P1", named(PHONE), 0).await;
    says(&link, "L1", named(LID), 1).await;
    assert_eq!(listed(&office, &session).await.len(), 2, "nobody knows yet that they are one");
    says(&link, "B1", by_both(), 2).await;
    assert_eq!(listed(&office, &session).await, [(by_both(), 3)]);
    assert_eq!(messages(&office, &session, LID).await, ["B1", "L1", "P1"]);
    let told = office.event(&session, |body| matches!(body, EventBody::MessageReceived(it) if it.id.0 == "B1")).await;
    assert_eq!(told.chat(), Some(&by_both()));
}
