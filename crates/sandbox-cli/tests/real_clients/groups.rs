//! Groups, tried with each client. Ben and Clara are phones without companions.

use serde_json::{Value, json};

use super::client::{Client, GroupChange};
use super::events::Mark;
use super::sandbox::Sandbox;

const ANNA: &str = "15550000001";
const BEN: &str = "15550000002";
const CLARA: &str = "15550000003";

pub(crate) async fn talks_in_a_group<C: Client>() {
    let sandbox = with_phones().await;
    let client: C = sandbox.linked(ANNA).await;
    let group = group_by_phone(&sandbox, &[ANNA, CLARA]).await;

    let seen = client.groups().await;
    assert_eq!((seen[0].jid.as_str(), seen[0].subject.as_str(), seen[0].size), (group.as_str(), "Garden", 3));
    for round in 0..3 {
        let (there, back) = (format!("{round} to all"), format!("{round} from Ben"));
        let id = client.send_to(&group, &there).await;
        for number in [BEN, CLARA, ANNA] {
            let shown = sandbox.phone_shows_text(number, &there).await;
            assert_eq!((&shown["chat"], &shown["copies"]), (&json!(group), &json!(1)), "{number}");
        }
        client.events().marked(&id, Mark::Delivered).await;
        sandbox.phone_sends(BEN, &group, &back).await;
        assert_eq!(client.events().text(&back).await.chat, group);
        sandbox.phone_shows_text(CLARA, &back).await;
    }
    content(&sandbox, &client).await;
}

/// What one says in a group reaches the other client, whatever it is.
pub(crate) async fn two_clients_in_a_group<A: Client, B: Client>() {
    let sandbox = with_phones().await;
    let anna: A = sandbox.linked(ANNA).await;
    let ben: B = sandbox.linked(BEN).await;
    let group = group_by_phone(&sandbox, &[ANNA, CLARA]).await;
    for round in 0..3 {
        let (hello, answer) = (format!("hello {round}"), format!("hello yourself {round}"));
        anna.send_to(&group, &hello).await;
        ben.events().text(&hello).await;
        ben.send_to(&group, &answer).await;
        anna.events().text(&answer).await;
        sandbox.phone_shows_text(CLARA, &answer).await;
    }
    content(&sandbox, &anna).await;
    content(&sandbox, &ben).await;
}

pub(crate) async fn runs_a_group<C: Client>() {
    let sandbox = with_phones().await;
    let client: C = sandbox.linked(ANNA).await;
    let group = client.create_group("Choir", &[BEN]).await;
    assert_eq!(members(&sandbox, BEN, &group).await, [(ANNA, "superadmin"), (BEN, "member")].map(owned));

    client.change_group(&group, GroupChange::Add(CLARA)).await;
    client.change_group(&group, GroupChange::Promote(BEN)).await;
    assert_eq!(
        members(&sandbox, BEN, &group).await,
        [(ANNA, "superadmin"), (BEN, "admin"), (CLARA, "member")].map(owned)
    );
    client.change_group(&group, GroupChange::Demote(BEN)).await;
    client.change_group(&group, GroupChange::Remove(BEN)).await;
    assert_eq!(members(&sandbox, CLARA, &group).await, [(ANNA, "superadmin"), (CLARA, "member")].map(owned));

    client.change_group(&group, GroupChange::Subject("Big choir")).await;
    client.change_group(&group, GroupChange::Description("We sing")).await;
    client.change_group(&group, GroupChange::Description("We sing loudly")).await;
    client.change_group(&group, GroupChange::Announcement(true)).await;
    client.change_group(&group, GroupChange::Locked(true)).await;
    let seen = of_phone(&sandbox, CLARA, &group).await;
    assert_eq!(seen["subject"], "Big choir");
    assert_eq!(seen["description"], "We sing loudly");
    assert_eq!((&seen["announcement"], &seen["locked"]), (&json!(true), &json!(true)));

    let code = client.invite_code(&group).await;
    sandbox.post(&format!("/phones/{BEN}/groups/join"), json!({ "code": code })).await;
    assert_eq!(members(&sandbox, BEN, &group).await.len(), 3);
    client.change_group(&group, GroupChange::Leave).await;
    assert_eq!(members(&sandbox, BEN, &group).await, [(BEN, "member"), (CLARA, "member")].map(owned));
    assert!(client.groups().await.is_empty());
    content(&sandbox, &client).await;
}

pub(crate) async fn joins_by_link<C: Client>() {
    let sandbox = with_phones().await;
    let client: C = sandbox.linked(ANNA).await;
    let group = group_by_phone(&sandbox, &[CLARA]).await;
    let code = of_phone(&sandbox, BEN, &group).await["invite_code"].as_str().unwrap().to_owned();
    client.change_group(&group, GroupChange::Join(&code)).await;
    assert_eq!(members(&sandbox, BEN, &group).await.len(), 3);
    client.send_to(&group, "here I am").await;
    sandbox.phone_shows_text(CLARA, "here I am").await;
    content(&sandbox, &client).await;
}

/// Both directions: what the client cannot open, and what a phone cannot.
pub(crate) async fn recovers_a_corrupted_group_message<C: Client>() {
    let sandbox = with_phones().await;
    let client: C = sandbox.linked(ANNA).await;
    let group = group_by_phone(&sandbox, &[ANNA, CLARA]).await;
    client.send_to(&group, "before").await;
    sandbox.phone_shows_text(BEN, "before").await;
    sandbox.phone_sends(BEN, &group, "before that").await;
    client.events().text("before that").await;

    sandbox.post("/faults", json!({ "kind": "corrupt", "number": ANNA, "count": 1 })).await;
    sandbox.phone_sends(BEN, &group, "to the client").await;
    client.events().text("to the client").await;
    sandbox.post("/faults", json!({ "kind": "corrupt", "number": BEN, "count": 1 })).await;
    client.send_to(&group, "to the phone").await;
    assert_eq!(sandbox.phone_shows_text(BEN, "to the phone").await["copies"], 1);
    sandbox.nothing_unhandled().await;
}

async fn with_phones() -> Sandbox {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    sandbox.phone(CLARA, "Clara").await;
    sandbox
}

async fn group_by_phone(sandbox: &Sandbox, members: &[&str]) -> String {
    let new = json!({ "subject": "Garden", "participants": members });
    let made = sandbox.post(&format!("/phones/{BEN}/groups"), new).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn of_phone(sandbox: &Sandbox, number: &str, group: &str) -> Value {
    let groups = sandbox.get(&format!("/phones/{number}/groups")).await;
    groups["groups"].as_array().unwrap().iter().find(|g| g["id"] == group).unwrap().clone()
}

async fn members(sandbox: &Sandbox, number: &str, group: &str) -> Vec<(String, String)> {
    let group = of_phone(sandbox, number, group).await;
    let text = |member: &Value, key: &str| member[key].as_str().unwrap().to_owned();
    let members = group["participants"].as_array().unwrap().iter();
    members.map(|member| (text(member, "number"), text(member, "role"))).collect()
}

fn owned((number, role): (&str, &str)) -> (String, String) {
    (number.into(), role.into())
}

async fn content<C: Client>(sandbox: &Sandbox, client: &C) {
    sandbox.nothing_unhandled().await;
    assert_eq!(client.events().complaints(), [""; 0]);
}
