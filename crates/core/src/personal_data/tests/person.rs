use serde_json::Value;
use switchboard_model::{Content, Context, Jid, MessageId, MessageRef, Phone, Quote, SessionId};

use crate::{
    BlockContact, Caller, ChatQuery, Error, SendMessage,
    engine::{Inbound, fake::Answer},
    testing::{Office, inbound},
};

const ANA: &str = "6281100000002";
const BEN: &str = "6281100000003";
const GROUP: &str = "120363000000000001@g.us";

/// Ana in every place where a person can be: her chat, a group, a call, a block, a check, the queue.
async fn filled() -> (Office, SessionId) {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    let ben: Jid = BEN.parse().expect("an address");
    let target = MessageRef { id: MessageId("B1".to_owned()), from_me: false, sender: Some(ben.clone().into()) };
    let thumb = Content::Reaction { target, emoji: "👍".to_owned() };
    let of_ana = MessageRef { sender: Some(jid(ANA).into()), ..MessageRef::named(MessageId("G1".to_owned())) };
    let quoted = Some(Quote { message: of_ana, content: Some(Box::new(Content::Text { text: "G1".to_owned() })) });
    let context = Context { quoted, mentions: vec![jid(ANA)], ..Context::default() };
    let batch = vec![
        inbound("A1", ANA, 0),
        inbound("B0", BEN, 0),
        inbound("G1", GROUP, 1),
        Inbound { sender: ben.clone().into(), context, ..inbound("B1", GROUP, 2) },
        Inbound { content: thumb, ..inbound("G2", GROUP, 3) },
    ];
    link.deliver(batch).await.expect("stored");
    link.call("C1", jid(ANA).into(), office.clock_now());
    office.event(&session, |body| body.kind() == "call.received").await;
    let block = BlockContact { contact: jid(ANA), reason: None, block_type: None, duration_hours: None };
    office.core.block_contact(&Caller::System, &session, block).await.expect("blocked");
    let phones: Vec<Phone> = vec![ANA.parse().expect("a phone"), BEN.parse().expect("a phone")];
    office.core.check_numbers(&Caller::System, &session, phones).await.expect("checked");
    office.engine.session(&session).answer(Answer::Silence);
    for to in [ANA, BEN] {
        office.core.send(&Caller::System, &session, text(to)).await.expect("accepted");
    }
    (office, session)
}

fn jid(text: &str) -> Jid {
    text.parse().expect("an address")
}

fn text(to: &str) -> SendMessage {
    SendMessage {
        to: jid(to),
        content: Content::Text { text: format!("to {to}") },
        context: Context::default(),
        idempotency_key: Some(to.to_owned()),
        only_when_connected: false,
    }
}

/// The kinds of all entries, and what they hold.
async fn exported(office: &Office, session: &SessionId, person: &str) -> Vec<(&'static str, Value)> {
    let mut export = office.core.export_person(&Caller::System, session, &jid(person)).await.expect("begins");
    let mut all = Vec::new();
    while let Some(entries) = export.next().await.expect("goes on") {
        all.extend(entries.into_iter().map(|entry| (entry.kind, entry.data)));
    }
    all
}

fn kinds(entries: &[(&'static str, Value)]) -> Vec<&'static str> {
    let mut kinds: Vec<_> = entries.iter().map(|(kind, _)| *kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[tokio::test]
async fn a_person_is_handed_out_and_erased_everywhere_and_others_are_not() {
    let (office, session) = filled().await;
    let all = exported(&office, &session, ANA).await;
    assert_eq!(kinds(&all), ["block", "call", "chat", "event", "message", "number_check", "person"]);
    let messages = all.iter().filter(|(kind, _)| *kind == "message").count();
    assert_eq!(messages, 4, "A1, the one that waits, and G1 and G2 in the group");
    let of_ben = exported(&office, &session, BEN).await.len();

    let erased = office.core.erase_person(&Caller::System, &session, &jid(ANA)).await.expect("erased");
    assert_eq!((erased.messages, erased.changed), (4, 1), "{erased:?}");
    let rows = erased.rows;
    assert_eq!((rows.chats, rows.queued, rows.calls, rows.blocks, rows.number_checks), (1, 1, 1, 1, 1));
    assert!(erased.events >= 5, "{erased:?}");
    assert_eq!(kinds(&exported(&office, &session, ANA).await), ["person"], "nothing but who was asked about");

    let left = exported(&office, &session, BEN).await;
    assert_eq!(kinds(&left), ["chat", "event", "message", "number_check", "person"]);
    assert!(left.len() < of_ben, "events that name both are gone");
    assert!(left.iter().all(|(_, data)| !data.to_string().contains(ANA)), "{left:?}");
    let chats = office.core.chats(&Caller::System, &session, ChatQuery::default()).await.expect("chats").chats;
    assert_eq!(chats.len(), 2, "Ben's and the group's");
    let again = office.core.erase_person(&Caller::System, &session, &jid(ANA)).await.expect("nothing to do");
    assert_eq!(again, super::super::Erased::default());
}

#[tokio::test]
async fn both_are_remembered_without_the_number() {
    let office = Office::open().await;
    let session = office.session(&Caller::System, "shop").await;
    exported(&office, &session, ANA).await;
    office.core.erase_person(&Caller::System, &session, &jid(ANA)).await.expect("erased");
    let trail = office.core.audit_trail(&Caller::System, None, None).await.expect("trail");
    let about: Vec<_> = trail.iter().filter(|entry| entry.action.starts_with("person.")).collect();
    assert_eq!(about.len(), 2);
    for entry in about {
        assert_eq!((entry.target.as_str(), entry.detail.as_str()), ("shop", "…02@s.whatsapp.net"));
    }
    let group = office.core.erase_person(&Caller::System, &session, &jid(GROUP)).await;
    assert!(matches!(group, Err(Error::Invalid { .. })), "{group:?}");
}

#[tokio::test]
async fn what_comes_in_while_a_person_is_erased_brings_nothing_back() {
    let (office, session) = filled().await;
    let link = office.engine.session(&session).link().await;
    let before = exported(&office, &session, ANA).await;
    let old = ids(&before);
    assert!(old.contains(&"A1".to_owned()), "{old:?}");
    let coming = async {
        for n in 0..50 {
            link.deliver(vec![inbound(&format!("NEW{n}"), ANA, 10 + n)]).await.expect("stored");
        }
    };
    let person = jid(ANA);
    let (erased, ()) = tokio::join!(office.core.erase_person(&Caller::System, &session, &person), coming);
    erased.expect("erased");
    let left = exported(&office, &session, ANA).await;
    for id in ids(&left) {
        assert!(id.starts_with("NEW"), "{id} was there before");
    }
    let kinds = kinds(&left);
    assert!(kinds.iter().all(|kind| ["person", "chat", "message", "event"].contains(kind)), "{kinds:?}");
}

/// The ids of the messages, and of those that events tell of.
fn ids(entries: &[(&'static str, Value)]) -> Vec<String> {
    let of = |(kind, data): &(&'static str, Value)| match *kind {
        "message" => data["message"]["id"].as_str().or(data["id"].as_str()).map(str::to_owned),
        "event" => data["data"]["id"].as_str().or(data["body"]["data"]["id"].as_str()).map(str::to_owned),
        _ => None,
    };
    entries.iter().filter_map(of).collect()
}
