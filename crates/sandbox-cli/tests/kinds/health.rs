//! What an account's trouble with the network looks like from `/v1`, and that it passes.

use serde_json::{Value, json};

use super::kinds::{ANNA, Stage};

impl Stage {
    async fn health(&self) -> Value {
        self.client.get("/v1/sessions/anna").await.unwrap()["health"].clone()
    }

    /// Follows the events until the account is at that level.
    async fn until_level(&self, level: &str) -> Value {
        let mut after = "0".to_owned();
        let reached = async {
            loop {
                let page = self.client.get(&format!("/v1/events?types=session.health&after={after}&wait=5")).await;
                let page = page.unwrap();
                let events = page["events"].as_array().unwrap();
                if let Some(event) = events.iter().find(|event| event["data"]["level"] == level) {
                    return event["data"].clone();
                }
                after = page["next_cursor"].as_str().unwrap().to_owned();
            }
        };
        let patience = super::gateway::PATIENCE;
        tokio::time::timeout(patience, reached).await.unwrap_or_else(|_| panic!("it never was {level}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_messages_hold_the_queue_for_a_while() {
    let stage = Stage::set().await;
    assert_eq!(stage.health().await["level"], "good");
    stage.sandbox.post("/faults", json!({ "kind": "463", "number": ANNA, "count": 2 })).await;
    for text in ["one", "two"] {
        let body = json!({ "to": super::kinds::BEN, "text": text });
        let sent = stage.client.post("/v1/sessions/anna/messages?wait=30", body).await.unwrap();
        assert_eq!(sent["status"], "failed", "{sent}");
    }
    let held = stage.until_level("held").await;
    assert_eq!((&held["cause"], &held["strikes"]), (&json!("restricted"), &json!(2)));
    assert!(held["until"].is_string() && held["reason"].as_str().unwrap().contains("463"), "{held}");
    // It waits for as long as it takes, and goes by itself.
    stage.send(json!({ "text": "three" })).await;
    stage.until_level("good").await;
    stage.client.until_state("anna", "connected").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_and_a_banned_account_come_back_by_themselves() {
    let stage = Stage::set().await;
    stage.sandbox.post("/faults", json!({ "kind": "429", "number": ANNA })).await;
    assert_eq!(stage.until_level("held").await["cause"], "rate_limited");
    stage.client.until_state("anna", "connected").await;
    stage.until_level("good").await;
    stage.send(json!({ "text": "back again" })).await;

    stage.sandbox.post("/faults", json!({ "kind": "banned", "number": ANNA, "milliseconds": 4000 })).await;
    stage.client.until_state("anna", "disconnected").await;
    stage.client.until_state("anna", "connected").await;
    stage.send(json!({ "text": "and again" })).await;
    assert_eq!(stage.health().await["level"], "good");
    let state = stage.sandbox.get("/state").await;
    let refused = state["connections"].as_array().unwrap().iter();
    let refused = refused.filter(|line| line["close_reason"] == "the account is banned").count();
    assert!((1..=2).contains(&refused), "a banned account does not knock again and again: {refused}");
}
