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
}

async fn decides(sandbox: &Sandbox, decision: Value) {
    sandbox.post(&format!("/phones/{ANNA}/chats"), decision).await;
}

/// Waits until the phone reads such a record about Ben.
async fn decided(sandbox: &Sandbox, action: &str, wanted: impl Fn(&Value) -> bool) {
    let index = json!([action, jid(BEN)]);
    let found = |all: &Value| {
        let collections = all["collections"].as_object().into_iter().flatten();
        let mut records = collections.flat_map(|(_, records)| records.as_array().into_iter().flatten());
        records.any(|record| record["index"] == index && wanted(&record["says"]))
    };
    sandbox.until(&format!("/phones/{ANNA}/chats"), action, found).await;
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
