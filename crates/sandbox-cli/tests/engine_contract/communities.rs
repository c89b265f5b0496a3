//! Communities: made, filled, left, and what others do to them.

use serde_json::{Value, json};
use switchboard_core::engine::{EngineError, GroupTurn, NewCommunity, NewGroup, Subgroup};
use switchboard_model::{Group, GroupChange, GroupKind, Jid};

use crate::{
    bench::{ANNA, BEN, Bench},
    groups::{CLARA, jid, news, with_clara},
    running::Running,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_community_is_made_filled_and_ended() {
    let (bench, anna) = with_clara().await;
    let community = made(&anna).await;
    assert_eq!((community.kind, community.parent.clone(), community.description), about("We live here"));
    let garden = group(&anna, "Garden", BEN, Some(&community.jid)).await;
    assert_eq!((garden.kind, garden.parent.as_ref()), (GroupKind::Group, Some(&community.jid)));
    let choir = group(&anna, "Choir", CLARA, None).await;
    anna.link.link_group(&community.jid, &choir.jid).await.unwrap();
    assert_eq!(anna.link.group(&choir.jid).await.unwrap().parent.as_ref(), Some(&community.jid));

    let groups = anna.link.community_groups(&community.jid).await.unwrap();
    let seen: Vec<_> = groups.iter().map(|group| (group.subject.as_str(), group.kind, group.size)).collect();
    let kinds = [GroupKind::Announcements, GroupKind::General, GroupKind::Group, GroupKind::Group];
    let sizes = [None, Some(3), Some(2), Some(2)];
    assert_eq!(seen.iter().map(|(_, kind, _)| *kind).collect::<Vec<_>>(), kinds);
    assert_eq!(seen.iter().map(|(_, _, size)| *size).collect::<Vec<_>>(), sizes);
    assert_eq!(numbers(&anna, &community.jid).await, [ANNA, BEN, CLARA]);
    let announcements = anna.link.group(&of(&groups, GroupKind::Announcements)).await.unwrap();
    assert!(announcements.settings.announcement && announcements.size == 3);

    anna.link.unlink_group(&community.jid, &choir.jid, true).await.unwrap();
    assert_eq!(anna.link.group(&choir.jid).await.unwrap().parent, None);
    assert_eq!(numbers(&anna, &community.jid).await, [ANNA, BEN]);
    let gone = anna.link.remove_from_community(&community.jid, &[jid(BEN)]).await.unwrap();
    assert_eq!((gone[0].party.pn.as_ref().unwrap().digits(), &gone[0].error), (BEN, &None));
    assert_eq!(bench.get(&format!("/phones/{BEN}/groups")).await, json!({ "groups": [] }));

    assert_eq!(anna.link.communities().await.unwrap().len(), 1);
    anna.link.close_community(&community.jid).await.unwrap();
    assert!(anna.link.communities().await.unwrap().is_empty());
    assert_eq!(anna.link.group(&garden.jid).await.unwrap().parent, None);
    assert!(matches!(anna.link.group(&announcements.jid).await, Err(EngineError::Missing(_))));
    assert_eq!(bench.get("/unhandled").await, json!({ "unhandled": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_do_to_a_community_is_told() {
    let (bench, anna) = with_clara().await;
    let (community, garden) = (neighbours_of_ben(&bench).await, group_of_ben(&bench, "Garden", &[ANNA]).await);
    change(&bench, &community, json!({ "link": [garden] })).await;
    let parent = news(&anna, |news| matches!(news.news, GroupTurn::Changed(GroupChange::Community { .. }))).await;
    let wanted = GroupChange::Community { community: Some(community.clone()) };
    assert_eq!(parent.group, garden);
    assert!(matches!(parent.news, GroupTurn::Changed(change) if change == wanted));
    joined(&anna, &community).await;
    let listed = anna.link.communities().await.unwrap();
    assert_eq!((listed.len(), &listed[0].jid, listed[0].kind), (1, &community, GroupKind::Community));

    let secret = group_of_ben(&bench, "Party", &[CLARA]).await;
    change(&bench, &community, json!({ "link": [secret] })).await;
    heard(&anna, &community, &GroupChange::Linked { groups: vec![secret.clone()] }).await;
    let groups = anna.link.community_groups(&community).await.unwrap();
    assert!(groups.iter().any(|group| group.jid == secret && group.subject == "Party"), "{groups:?}");
    let party = anna.link.join_community_group(&community, &secret).await.unwrap();
    assert_eq!((party.size, party.parent.as_ref()), (3, Some(&community)));

    let announcements = of(&groups, GroupKind::Announcements).to_string();
    bench.phone_sends(BEN, &announcements, "good news").await;
    assert_eq!(anna.message("good news").await.chat.jid.to_string(), announcements);
    let unheard = anna.says(&bench, &announcements, "may I?").await;
    assert!(anna.acked(&unheard.id).await.is_some(), "only admins announce");

    change(&bench, &community, json!({ "unlink": [secret] })).await;
    heard(&anna, &community, &GroupChange::Unlinked { groups: vec![secret] }).await;
    bench.post(&format!("/phones/{BEN}/communities/{community}/close"), json!({})).await;
    heard(&anna, &garden, &GroupChange::Community { community: None }).await;
    left(&anna, &community).await;
    assert_eq!(bench.get("/unhandled").await, json!({ "unhandled": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_to_a_community_is_said() {
    let (bench, anna) = with_clara().await;
    let (community, own) = (neighbours_of_ben(&bench).await, group(&anna, "Choir", BEN, None).await.jid);
    let unseen = anna.link.community_groups(&community).await;
    assert!(matches!(unseen, Err(EngineError::Refused(_))), "{unseen:?}");
    assert!(matches!(anna.link.link_group(&community, &own).await, Err(EngineError::NotAllowed(_))));
    let garden = group_of_ben(&bench, "Garden", &[ANNA]).await;
    change(&bench, &community, json!({ "link": [garden] })).await;
    joined(&anna, &community).await;
    assert!(matches!(anna.link.link_group(&community, &own).await, Err(EngineError::NotAllowed(_))));
    assert!(matches!(anna.link.unlink_group(&community, &garden, false).await, Err(EngineError::NotAllowed(_))));
    assert!(matches!(anna.link.close_community(&community).await, Err(EngineError::NotAllowed(_))));
    let of_ours = made(&anna).await.jid;
    assert!(matches!(anna.link.link_group(&of_ours, &garden).await, Err(EngineError::NotAllowed(_))));
    anna.link.leave_group(&community).await.unwrap();
    left(&anna, &garden).await;
    assert_eq!(bench.get("/unhandled").await, json!({ "unhandled": [] }));
}

fn about(description: &str) -> (GroupKind, Option<Jid>, Option<String>) {
    (GroupKind::Community, None, Some(description.to_owned()))
}

async fn made(anna: &Running) -> Group {
    let new = NewCommunity {
        subject: "Neighbours".into(),
        description: Some("We live here".into()),
        general_chat: true,
        ..NewCommunity::default()
    };
    anna.link.create_community(&new).await.unwrap()
}

async fn group(anna: &Running, subject: &str, other: &str, community: Option<&Jid>) -> Group {
    let (subject, people) = (subject.to_owned(), vec![jid(other)]);
    let new = NewGroup { subject, description: None, people, community: community.cloned() };
    anna.link.create_group(&new).await.unwrap()
}

fn of(groups: &[Subgroup], kind: GroupKind) -> Jid {
    groups.iter().find(|group| group.kind == kind).unwrap().jid.clone()
}

async fn numbers(anna: &Running, community: &Jid) -> Vec<String> {
    let members = anna.link.community_members(community).await.unwrap();
    let mut numbers: Vec<String> = members.iter().map(|m| m.party.pn.as_ref().unwrap().digits().to_owned()).collect();
    numbers.sort();
    numbers
}

async fn neighbours_of_ben(bench: &Bench) -> Jid {
    let made = bench.post(&format!("/phones/{BEN}/communities"), json!({ "subject": "Neighbours" })).await;
    made["id"].as_str().unwrap().parse().unwrap()
}

async fn group_of_ben(bench: &Bench, subject: &str, members: &[&str]) -> Jid {
    let new = json!({ "subject": subject, "participants": members });
    let made = bench.post(&format!("/phones/{BEN}/groups"), new).await;
    made["id"].as_str().unwrap().parse().unwrap()
}

async fn change(bench: &Bench, community: &Jid, change: Value) {
    bench.post(&format!("/phones/{BEN}/groups/{community}"), change).await;
}

async fn heard(anna: &Running, of: &Jid, wanted: &GroupChange) {
    news(anna, |news| news.group == *of && matches!(&news.news, GroupTurn::Changed(change) if change == wanted)).await;
}

async fn joined(anna: &Running, group: &Jid) {
    news(anna, |news| news.group == *group && matches!(news.news, GroupTurn::Joined { .. })).await;
}

async fn left(anna: &Running, group: &Jid) {
    news(anna, |news| news.group == *group && matches!(news.news, GroupTurn::Left)).await;
}
