//! Communities, with Baileys 7 as the client.

use serde_json::{Value, json};

use super::baileys::Baileys7;
use super::client::Client as _;
use super::sandbox::Sandbox;

const ANNA: &str = "15550000001";
const BEN: &str = "15550000002";
const CLARA: &str = "15550000003";

#[tokio::test(flavor = "multi_thread")]
async fn the_client_runs_a_community() {
    let (sandbox, anna) = start().await;
    let made = anna.call("communityCreate", json!(["Neighbours", "We live here"])).await;
    assert_eq!((&made["isCommunity"], &made["desc"]), (&json!(true), &json!("We live here")), "{made}");
    let community = made["id"].as_str().unwrap();
    let groups = linked(&anna, community).await;
    let announcements = anna.call("groupMetadata", json!([groups[0]])).await;
    assert_eq!(announcements["isCommunityAnnounce"], true, "{announcements}");
    assert_eq!(announcements["linkedParent"], community);

    let garden = anna.call("communityCreateGroup", json!(["Garden", [jid(BEN)], community])).await;
    assert_eq!(garden["linkedParent"], community, "{garden}");
    let choir = anna.create_group("Choir", &[CLARA]).await;
    anna.call("communityLinkGroup", json!([choir, community])).await;
    assert_eq!(linked(&anna, community).await.len(), 4);
    let asked_of_a_group = anna.call("communityFetchLinkedGroups", json!([choir])).await;
    assert_eq!(asked_of_a_group["communityJid"], community, "{asked_of_a_group}");
    assert_eq!(phone_is_in(&sandbox, CLARA).await, ["Choir", "General", "Neighbours", "Neighbours"]);
    anna.send_to(&groups[0], "good news").await;
    for number in [BEN, CLARA] {
        sandbox.phone_shows_text(number, "good news").await;
    }

    anna.call("communityUnlinkGroup", json!([choir, community])).await;
    assert!(anna.call("groupMetadata", json!([choir])).await["linkedParent"].is_null());
    let gone = anna.call("communityParticipantsUpdate", json!([community, [jid(BEN)], "remove"])).await;
    assert_eq!(gone[0]["status"], "200", "{gone}");
    assert!(phone_is_in(&sandbox, BEN).await.is_empty());
    anna.call("communityLeave", json!([community])).await;
    assert_eq!(phone_is_in(&sandbox, ANNA).await, ["Choir"]);
    content(&sandbox, &anna).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_is_in_a_community_of_others() {
    let (sandbox, anna) = start().await;
    let community = made_by_ben(&sandbox, "communities", json!({ "subject": "Neighbours" })).await;
    let garden = made_by_ben(&sandbox, "groups", json!({ "subject": "Garden", "participants": [ANNA] })).await;
    sandbox.post(&format!("/phones/{BEN}/groups/{community}"), json!({ "link": [garden] })).await;
    let seen = anna.call("groupFetchAllParticipating", json!([])).await;
    assert_eq!(seen[&garden]["linkedParent"], json!(community), "{seen}");
    assert_eq!(seen[&community]["isCommunity"], true);
    let groups = linked(&anna, &community).await;
    assert_eq!(groups.len(), 2);
    sandbox.phone_sends(BEN, &groups[0], "good news").await;
    assert_eq!(anna.events().text("good news").await.chat, groups[0]);

    sandbox.post(&format!("/phones/{BEN}/communities/{community}/close"), json!({})).await;
    let seen = anna.call("groupFetchAllParticipating", json!([])).await;
    assert_eq!(seen.as_object().unwrap().keys().collect::<Vec<_>>(), [&garden]);
    assert!(seen[&garden]["linkedParent"].is_null(), "{seen}");
    content(&sandbox, &anna).await;
}

async fn start() -> (Sandbox, Baileys7) {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    sandbox.phone(CLARA, "Clara").await;
    let anna = sandbox.linked(ANNA).await;
    (sandbox, anna)
}

/// The groups of a community, the one for its announcements first.
async fn linked(client: &Baileys7, community: &str) -> Vec<String> {
    let found = client.call("communityFetchLinkedGroups", json!([community])).await;
    assert_eq!(found["isCommunity"], true, "{found}");
    let id = |group: &Value| group["id"].as_str().unwrap().to_owned();
    found["linkedGroups"].as_array().unwrap().iter().map(id).collect()
}

async fn made_by_ben(sandbox: &Sandbox, what: &str, new: Value) -> String {
    sandbox.post(&format!("/phones/{BEN}/{what}"), new).await["id"].as_str().unwrap().to_owned()
}

async fn phone_is_in(sandbox: &Sandbox, number: &str) -> Vec<String> {
    let groups = sandbox.get(&format!("/phones/{number}/groups")).await;
    let subject = |group: &Value| group["subject"].as_str().unwrap().to_owned();
    let mut subjects: Vec<String> = groups["groups"].as_array().unwrap().iter().map(subject).collect();
    subjects.sort();
    subjects
}

fn jid(number: &str) -> String {
    format!("{number}@s.whatsapp.net")
}

async fn content(sandbox: &Sandbox, client: &Baileys7) {
    sandbox.nothing_unhandled().await;
    assert_eq!(client.events().complaints(), [""; 0]);
}
