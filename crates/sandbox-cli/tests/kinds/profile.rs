//! Profiles both ways: what the account sets the phones see, and what phones set `/v1` shows.

use reqwest::Method;
use serde_json::{Value, json};

use super::kinds::{ANNA, BEN, Stage};

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

impl Stage {
    async fn get(&self, path: &str) -> Value {
        self.client.get(&format!("/v1/sessions/anna/{path}")).await.unwrap()
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        self.client.ask(method, &format!("/v1/sessions/anna/{path}"), body).await
    }

    async fn phone_profile(&self, number: &str) -> Value {
        self.sandbox.get(&format!("/phones/{number}/profile")).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_shows_what_it_was_told_to_show() {
    let stage = Stage::set().await;
    let changed = json!({ "name": "Anna & Co", "about": "open till nine" }).to_string();
    let (status, own) = stage.ask(Method::PATCH, "profile", changed).await;
    assert_eq!((status, &own["name"], &own["about"]), (200, &json!("Anna & Co"), &json!("open till nine")), "{own}");
    assert_eq!((&own["pn"], &own["picture"]), (&json!(ANNA), &Value::Null));
    let (status, _) = stage.ask(Method::PUT, "profile/picture", decoded(PNG)).await;
    assert_eq!(status, 204);
    let own = stage.get("profile").await;
    let seen = stage.phone_profile(ANNA).await;
    assert_eq!((&seen["name"], &seen["about"]), (&json!("Anna & Co"), &json!("open till nine")), "{seen}");
    assert_eq!((&own["picture"]["id"], own["picture"]["id"].is_string()), (&seen["picture"], true));
    assert_eq!(stage.ask(Method::DELETE, "profile/picture", "").await.0, 204);
    assert_eq!(stage.get("profile").await["picture"], Value::Null);

    let (status, problem) = stage.ask(Method::PUT, "profile/picture", "<html>").await;
    assert_eq!((status, &problem["field"]), (400, &json!("picture")), "{problem}");
    let long = json!({ "about": "x".repeat(140) }).to_string();
    assert_eq!(stage.ask(Method::PATCH, "profile", long).await.0, 400);
    assert_eq!(stage.sandbox.get("/unhandled").await["unhandled"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn others_are_shown_as_they_show_themselves() {
    let stage = Stage::set().await;
    // Those who know each other hear of changes.
    stage.send(json!({ "text": "hello" })).await;
    let nobody = stage.get(&format!("contacts/{BEN}/profile")).await;
    assert_eq!((&nobody["about"], &nobody["picture"], &nobody["business"]), (&Value::Null, &Value::Null, &Value::Null));
    let jpeg = "/9j/4AAQ";
    stage.sandbox.post(&format!("/phones/{BEN}/profile"), json!({ "about": "at the lake", "picture": jpeg })).await;
    let told = stage.event_of("contact.updated", |data| data["change"] == "about").await;
    assert_eq!((&told["about"], &told["contact"]["pn"]), (&json!("at the lake"), &json!(BEN)));
    let told = stage.event_of("contact.updated", |data| data["change"] == "picture").await;
    let ben = stage.get(&format!("contacts/{BEN}/profile")).await;
    assert_eq!((&ben["about"], &ben["picture"]["id"]), (&json!("at the lake"), &told["picture"]), "{ben}");
    let url = ben["picture"]["url"].as_str().unwrap();
    assert!(url.starts_with("https://") && url.contains("/v/picture-"), "{url}");

    stage.sandbox.post("/phones", json!({ "number": "15550000009", "name": "Soap", "business": true })).await;
    stage.sandbox.post("/phones/15550000009/profile", json!({ "about": "We sell soap" })).await;
    let shop = stage.get("contacts/15550000009/profile").await;
    assert_eq!(shop["business"]["description"], "We sell soap", "{shop}");
    assert_eq!(shop["business"]["categories"], json!(["Shop"]));
    assert_eq!(stage.ask(Method::GET, "contacts/12/profile", "").await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_gets_a_picture() {
    let stage = Stage::set().await;
    let body = json!({ "subject": "Choir", "participants": [BEN] });
    let made = stage.client.post("/v1/sessions/anna/groups", body).await.unwrap();
    let group = made["id"].as_str().unwrap();
    assert_eq!(stage.ask(Method::GET, &format!("groups/{group}/picture"), "").await.0, 404);
    assert_eq!(stage.ask(Method::PUT, &format!("groups/{group}/picture"), decoded(PNG)).await.0, 204);
    let told = stage.event_of("group.updated", |data| data["change"] == "picture").await;
    let shown = stage.get(&format!("groups/{group}/picture")).await;
    assert_eq!((&told["picture"], &told["by"]["pn"]), (&shown["id"], &json!(ANNA)), "{told}");
    assert_eq!(stage.ask(Method::DELETE, &format!("groups/{group}/picture"), "").await.0, 204);
    assert_eq!(stage.ask(Method::GET, &format!("groups/{group}/picture"), "").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn privacy_and_the_block_list_are_the_networks() {
    let stage = Stage::set().await;
    assert_eq!(stage.get("privacy").await["last_seen"], "all");
    let wanted = json!({ "last_seen": "contacts", "read_receipts": "nobody" }).to_string();
    let (status, now) = stage.ask(Method::PATCH, "privacy", wanted).await;
    assert_eq!(
        (status, &now["last_seen"], &now["read_receipts"]),
        (200, &json!("contacts"), &json!("nobody")),
        "{now}"
    );
    let seen = stage.phone_profile(ANNA).await;
    assert_eq!((&seen["privacy"]["last"], &seen["privacy"]["readreceipts"]), (&json!("contacts"), &json!("none")));
    assert_eq!(stage.ask(Method::PATCH, "privacy", json!({ "calls": "nobody" }).to_string()).await.0, 400);

    assert_eq!(stage.get("block-list").await["blocked"], json!([]));
    assert_eq!(stage.ask(Method::PUT, &format!("block-list/{BEN}"), "").await.0, 204);
    assert_eq!(stage.get("block-list").await["blocked"][0]["pn"], BEN);
    assert_eq!(stage.phone_profile(ANNA).await["blocked"], json!([BEN]));
    assert_eq!(stage.ask(Method::DELETE, &format!("block-list/{BEN}"), "").await.0, 204);
    assert_eq!(stage.get("block-list").await["blocked"], json!([]));
    assert_eq!(stage.sandbox.get("/unhandled").await["unhandled"], json!([]));
}
