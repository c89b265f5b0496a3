//! Requests to be let into a group, typing and business profiles, with Baileys 7 as the client.

use serde_json::json;

use super::baileys::Baileys7;
use super::sandbox::Sandbox;

const ANNA: &str = "15550000001";
const BEN: &str = "15550000002";

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_be_let_in_are_listed_and_granted() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let anna: Baileys7 = sandbox.linked(ANNA).await;
    let made = anna.call("groupCreate", json!(["Choir", []])).await;
    let group = made["id"].as_str().unwrap().to_owned();
    anna.call("groupJoinApprovalMode", json!([group, "on"])).await;
    let code = anna.call("groupInviteCode", json!([group])).await;
    sandbox.post(&format!("/phones/{BEN}/groups/join"), json!({ "code": code })).await;
    let waiting = anna.call("groupRequestParticipantsList", json!([group])).await;
    assert_eq!(waiting.as_array().unwrap().len(), 1, "{waiting}");
    let who = waiting[0]["jid"].clone();
    let granted = anna.call("groupRequestParticipantsUpdate", json!([group, [who], "approve"])).await;
    assert_eq!(granted[0]["status"], "200", "{granted}");
    let groups = sandbox.get(&format!("/phones/{BEN}/groups")).await;
    assert_eq!(groups["groups"][0]["id"], json!(group), "{groups}");
    sandbox.nothing_unhandled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_shows_itself_and_typing_is_seen() {
    let sandbox = Sandbox::start().await;
    sandbox.post("/phones", json!({ "number": BEN, "name": "Soap", "business": true })).await;
    sandbox.post(&format!("/phones/{BEN}/profile"), json!({ "about": "We sell soap" })).await;
    let anna: Baileys7 = sandbox.linked(ANNA).await;
    let ben = format!("{BEN}@s.whatsapp.net");
    let shop = anna.call("getBusinessProfile", json!([ben])).await;
    assert_eq!((&shop["description"], &shop["category"]), (&json!("We sell soap"), &json!("Shop")), "{shop}");
    anna.call("sendPresenceUpdate", json!(["composing", ben])).await;
    let path = format!("/phones/{BEN}/presence");
    sandbox.until(&path, "typing", |sights| sights["seen"].to_string().contains("composing")).await;
    sandbox.nothing_unhandled().await;
}
