//! What an account's devices agree on about its chats, with Baileys 7 as a device.

use serde_json::{Value, json};

use super::baileys::Baileys7;
use super::client::Client as _;
use super::events::Seen;
use super::sandbox::Sandbox;

const ANNA: &str = "15550000001";
const BEN: &str = "15550000002";

#[tokio::test(flavor = "multi_thread")]
async fn what_the_client_decides_the_phone_reads() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let anna: Baileys7 = sandbox.linked(ANNA).await;
    anna.events().wait("the key", |seen| (*seen == Seen::AppStateKey).then_some(())).await;
    let modify = async |change: Value| anna.call("chatModify", json!([change, jid(BEN)])).await;
    modify(json!({ "pin": true })).await;
    modify(json!({ "mute": 1_900_000_000_000_i64 })).await;
    decided(&sandbox, "pin_v1", |says| says["pinned"] == true).await;
    decided(&sandbox, "mute", |says| says["muted_until"] == 1_900_000_000_000_i64).await;
    modify(json!({ "pin": false })).await;
    decided(&sandbox, "pin_v1", |says| says["pinned"] == false).await;
    sandbox.nothing_unhandled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_and_stars_go_both_ways() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let anna: Baileys7 = sandbox.linked(ANNA).await;
    anna.events().wait("the key", |seen| (*seen == Seen::AppStateKey).then_some(())).await;
    anna.call("addLabel", json!([jid(ANNA), { "id": "1", "name": "Paid", "color": 2 }])).await;
    anna.call("addChatLabel", json!([jid(BEN), "1"])).await;
    let id = anna.send(BEN, "keep me").await;
    anna.call("star", json!([jid(BEN), [{ "id": id, "fromMe": true }], true])).await;
    reads(&sandbox, json!(["label_edit", "1"]), |says| says["label"] == "Paid" && says["color"] == 2).await;
    reads(&sandbox, json!(["label_jid", "1", jid(BEN)]), |says| says["labeled"] == true).await;
    reads(&sandbox, json!(["star", jid(BEN), id, "1", "0"]), |says| says["starred"] == true).await;

    let label = json!({ "id": "2", "name": "New customer", "color": 3 });
    sandbox.post(&format!("/phones/{ANNA}/labels"), label).await;
    decides(&sandbox, json!({ "chat": BEN, "label": { "id": "2", "on": true } })).await;
    let made = anna.events().wait("the label", |seen| match seen {
        Seen::Label(label) if label["id"] == "2" => Some(label.clone()),
        _ => None,
    });
    assert_eq!(made.await["name"], "New customer");
    let put = anna.events().wait("the label on the chat", |seen| match seen {
        Seen::Labelled(change) if change["association"]["labelId"] == "2" => Some(change.clone()),
        _ => None,
    });
    let put = put.await;
    assert_eq!((&put["type"], &put["association"]["chatId"]), (&json!("add"), &json!(jid(BEN))), "{put}");
    sandbox.nothing_unhandled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_phone_decides_the_client_hears_of() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    sandbox.phone(ANNA, "Anna").await;
    // Before it is linked: the client begins with a snapshot, and keeps of it what is about chats that it has.
    let past = json!({ "chats": [{ "chat": BEN, "name": "Ben", "count": 1 }] });
    sandbox.post(&format!("/phones/{ANNA}/history"), past).await;
    decides(&sandbox, json!({ "chat": BEN, "pinned": true })).await;
    let anna: Baileys7 = sandbox.linked(ANNA).await;
    hears(&anna, "the snapshot", |chat| chat["pinned"].as_i64().is_some_and(|at| at > 0)).await;
    decides(&sandbox, json!({ "chat": BEN, "archived": true })).await;
    hears(&anna, "a patch", |chat| chat["archived"] == true).await;
    // Both change the same collection: the client's change is made from what the phone did meanwhile.
    decides(&sandbox, json!({ "chat": BEN, "archived": false })).await;
    anna.call("chatModify", json!([{ "pin": false }, jid(BEN)])).await;
    decided(&sandbox, "pin_v1", |says| says["pinned"] == false).await;
    decided(&sandbox, "archive", |says| says["archived"] == false).await;
    sandbox.nothing_unhandled().await;
}

async fn decides(sandbox: &Sandbox, decision: Value) {
    sandbox.post(&format!("/phones/{ANNA}/chats"), decision).await;
}

/// Waits until the phone reads such a record about Ben.
async fn decided(sandbox: &Sandbox, action: &str, wanted: impl Fn(&Value) -> bool) {
    reads(sandbox, json!([action, jid(BEN)]), wanted).await;
}

/// Waits until the phone reads such a record in the account's collections.
async fn reads(sandbox: &Sandbox, index: Value, wanted: impl Fn(&Value) -> bool) {
    let found = |all: &Value| {
        let collections = all["collections"].as_object().into_iter().flatten();
        let mut records = collections.flat_map(|(_, records)| records.as_array().into_iter().flatten());
        records.any(|record| record["index"] == index && wanted(&record["says"]))
    };
    sandbox.until(&format!("/phones/{ANNA}/chats"), &index.to_string(), found).await;
}

async fn hears(client: &Baileys7, what: &str, wanted: impl Fn(&Value) -> bool) {
    let told = client.events().wait(what, |seen| match seen {
        Seen::Chat(chat) if chat["id"] == jid(BEN) && wanted(chat) => Some(()),
        _ => None,
    });
    told.await;
}

fn jid(number: &str) -> String {
    format!("{number}@s.whatsapp.net")
}
