//! Groups: seen, written in, changed, left.

use serde_json::json;
use switchboard_core::engine::{
    EngineError, Fact, GroupEdit, GroupNews, GroupTurn, MemberAction, NewGroup, ReceiptKind,
};
use switchboard_model::{GroupChange, Jid, MemberRole, MessageId};

use crate::{
    bench::{ANNA, BEN, Bench},
    running::Running,
};

pub(crate) const CLARA: &str = "15550000003";

#[tokio::test(flavor = "multi_thread")]
async fn a_group_made_by_a_phone_is_seen_and_written_in() {
    let (bench, anna) = with_clara().await;
    let group = made_by_ben(&bench, &[ANNA, CLARA]).await;
    let joined = news(&anna, |news| matches!(news.news, GroupTurn::Joined { .. })).await;
    assert_eq!((joined.group.to_string(), joined.by.unwrap().pn.unwrap().digits()), (group.clone(), BEN));

    let listed = anna.link.groups().await.unwrap();
    assert_eq!((listed.len(), listed[0].jid.to_string(), listed[0].subject.as_str()), (1, group.clone(), "Garden"));
    assert_eq!(listed[0].owner.as_ref().unwrap().jid.to_string(), format!("{BEN}@s.whatsapp.net"));
    assert_eq!((listed[0].size, listed[0].members.len()), (3, 3));
    assert_eq!(listed[0].role_of(listed[0].owner.as_ref().unwrap()), Some(MemberRole::SuperAdmin));

    let id = MessageId(bench.phone_sends(BEN, &group, "hello all").await);
    let hello = anna.message("hello all").await;
    assert_eq!((&hello.id, hello.chat.jid.to_string(), hello.from_me), (&id, group.clone(), false));
    assert_eq!(hello.sender.pn.as_ref().unwrap().digits(), BEN);
    assert!(hello.sender.lid.is_some(), "both names");

    let answer = anna.says(&bench, &group, "hello Ben").await;
    assert_eq!(anna.acked(&answer.id).await, None);
    for number in [BEN, CLARA] {
        let shown = bench.phone_shows(number, "the answer", |message| message["text"] == "hello Ben").await;
        assert_eq!((&shown["chat"], &shown["id"]), (&json!(group), &json!(answer.id.0)));
    }
    let delivered = anna.receipt(ReceiptKind::Delivered, &answer.id).await;
    assert_eq!(delivered.chat.jid.to_string(), group);
    assert!(delivered.by.pn.is_some(), "{:?}", delivered.by);

    anna.link.mark_read(&hello.chat.jid, Some(&hello.sender.jid), std::slice::from_ref(&id)).await.unwrap();
    bench.phone_shows(BEN, "a read message", |shown| shown["id"] == id.0 && shown["status"] == "read").await;
    bench.all_acknowledged(ANNA).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_and_run() {
    let (bench, anna) = with_clara().await;
    let new = NewGroup {
        subject: "Choir".into(),
        description: Some("We sing".into()),
        people: vec![jid(BEN)],
        community: None,
    };
    let group = anna.link.create_group(&new).await.unwrap();
    assert_eq!((group.subject.as_str(), group.description.as_deref(), group.size), ("Choir", Some("We sing"), 2));

    let fates = anna.link.change_members(&group.jid, MemberAction::Add, &[jid(CLARA)]).await.unwrap();
    assert_eq!((fates[0].party.pn.as_ref().unwrap().digits(), &fates[0].error), (CLARA, &None));
    anna.link.change_members(&group.jid, MemberAction::Promote, &[jid(CLARA)]).await.unwrap();
    anna.link.change_members(&group.jid, MemberAction::Remove, &[jid(BEN)]).await.unwrap();
    for edit in [
        GroupEdit::Subject("Big choir".into()),
        GroupEdit::Description(None),
        GroupEdit::Announcement(true),
        GroupEdit::Locked(true),
        GroupEdit::Approval(true),
        GroupEdit::Ephemeral(86_400),
    ] {
        anna.link.change_group(&group.jid, &edit).await.unwrap();
    }
    let seen = anna.link.group(&group.jid).await.unwrap();
    assert_eq!((seen.subject.as_str(), seen.description.as_deref(), seen.size), ("Big choir", None, 2));
    let settings = seen.settings;
    assert!(settings.announcement && settings.locked && settings.approval && settings.ephemeral_seconds == 86_400);
    assert!(seen.members.iter().any(|member| member.role == MemberRole::Admin));

    let code = anna.link.group_invite(&group.jid, false).await.unwrap();
    assert_ne!(anna.link.group_invite(&group.jid, true).await.unwrap(), code);
    let code = anna.link.group_invite(&group.jid, false).await.unwrap();
    bench.post(&format!("/phones/{BEN}/groups/join"), json!({ "code": code })).await;
    let asked = news(&anna, |news| matches!(news.news, GroupTurn::Changed(GroupChange::Requested { .. }))).await;
    assert_eq!(asked.by.unwrap().pn.unwrap().digits(), BEN);
    let waiting = anna.link.group_requests(&group.jid).await.unwrap();
    assert_eq!(waiting.len(), 1);
    anna.link.change_members(&group.jid, MemberAction::Approve, &[waiting[0].party.jid.clone()]).await.unwrap();
    assert_eq!(anna.link.group(&group.jid).await.unwrap().size, 3);

    anna.link.leave_group(&group.jid).await.unwrap();
    news(&anna, |news| matches!(news.news, GroupTurn::Left)).await;
    assert!(matches!(anna.link.group(&group.jid).await, Err(EngineError::NotAllowed(_))));
    assert!(anna.link.groups().await.unwrap().is_empty());
    assert_eq!(bench.get("/unhandled").await, json!({ "unhandled": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_by_others_are_told() {
    let (bench, anna) = with_clara().await;
    let group = made_by_ben(&bench, &[ANNA]).await;
    let path = format!("/phones/{BEN}/groups/{group}");
    bench.post(&path, json!({ "subject": "Orchard", "add": [CLARA], "promote": [ANNA], "announcement": true })).await;
    for wanted in [GroupChange::Subject { subject: "Orchard".into() }, GroupChange::Announcement { on: true }] {
        let told = news(&anna, |news| matches!(&news.news, GroupTurn::Changed(change) if *change == wanted)).await;
        assert_eq!(told.by.unwrap().pn.unwrap().digits(), BEN);
    }
    let added = news(&anna, |news| matches!(news.news, GroupTurn::Changed(GroupChange::Added { .. }))).await;
    let GroupTurn::Changed(GroupChange::Added { members }) = added.news else { unreachable!() };
    assert_eq!(members[0].pn.as_ref().unwrap().digits(), CLARA);
    bench.post(&path, json!({ "remove": [ANNA] })).await;
    news(&anna, |news| matches!(news.news, GroupTurn::Left)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_to_a_group_is_said() {
    let (bench, anna) = with_clara().await;
    let nowhere: Jid = "120363000000000001@g.us".parse().unwrap();
    assert!(matches!(anna.link.group(&nowhere).await, Err(EngineError::Missing(_))));
    assert!(matches!(anna.link.join_group("nonsense").await, Err(EngineError::Missing(_))));
    let group: Jid = made_by_ben(&bench, &[ANNA]).await.parse().unwrap();
    let removed = anna.link.change_members(&group, MemberAction::Remove, &[jid(BEN)]).await;
    assert!(matches!(removed, Err(EngineError::NotAllowed(_))), "{removed:?}");
    bench.post(&format!("/phones/{BEN}/groups/{group}"), json!({ "announcement": true })).await;
    let unheard = anna.says(&bench, &group.to_string(), "may I?").await;
    assert!(anna.acked(&unheard.id).await.is_some());
}

pub(crate) async fn with_clara() -> (Bench, Running) {
    let bench = Bench::start().await;
    bench.post("/phones", json!({ "number": CLARA, "name": "Clara" })).await;
    let anna = bench.linked("s").await;
    (bench, anna)
}

async fn made_by_ben(bench: &Bench, members: &[&str]) -> String {
    let new = json!({ "subject": "Garden", "participants": members });
    let made = bench.post(&format!("/phones/{BEN}/groups"), new).await;
    made["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn news(running: &Running, wanted: impl Fn(&GroupNews) -> bool) -> GroupNews {
    running
        .fact("news of a group", |fact| match fact {
            Fact::Group(news) if wanted(news) => Some(news.clone()),
            _ => None,
        })
        .await
}

pub(crate) fn jid(number: &str) -> Jid {
    number.parse().unwrap()
}
