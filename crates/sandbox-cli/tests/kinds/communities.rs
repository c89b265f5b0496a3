//! A community through the whole gateway.

use reqwest::Method;
use serde_json::json;

use super::kinds::{BEN, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_community_is_run_and_what_happens_is_told() {
    let stage = Stage::set().await;
    let (status, made) = stage.ask(Method::POST, "communities", json!({ "subject": "Neighbours" }).to_string()).await;
    assert_eq!((status, &made["kind"], &made["own_role"]), (201, &json!("community"), &json!("super_admin")), "{made}");
    let community = made["id"].as_str().unwrap();
    let new = json!({ "subject": "Choir", "participants": [BEN] }).to_string();
    let choir = stage.ask(Method::POST, "groups", new).await.1["id"].as_str().unwrap().to_owned();
    let link = format!("communities/{community}/groups/{choir}");
    assert_eq!(stage.ask(Method::PUT, &link, "").await.0, 204);
    let told = stage.event_of("group.updated", |data| data["change"] == "community").await;
    assert_eq!((&told["community"], &told["group"]["jid"]), (&json!(community), &json!(choir)), "{told}");
    let told = stage.event_of("group.updated", |data| data["change"] == "linked").await;
    assert_eq!((&told["groups"], &told["group"]["jid"]), (&json!([choir]), &json!(community)), "{told}");
    let (_, listed) = stage.ask(Method::GET, &format!("communities/{community}/groups"), "").await;
    assert_eq!(listed["groups"][0]["kind"], "announcements", "{listed}");
    assert_eq!((&listed["groups"][1]["id"], &listed["groups"][1]["participant_count"]), (&json!(choir), &json!(2)));
    let (_, people) = stage.ask(Method::GET, &format!("communities/{community}/participants"), "").await;
    assert_eq!(people["participants"].as_array().unwrap().len(), 2, "{people}");

    let announcements = listed["groups"][0]["id"].as_str().unwrap();
    let refused = stage.ask(Method::DELETE, &format!("communities/{community}/groups/{announcements}"), "").await;
    assert_eq!(refused.0, 409, "{refused:?}");
    assert_eq!(stage.ask(Method::DELETE, &link, "").await.0, 204);
    assert_eq!(stage.ask(Method::GET, &format!("groups/{choir}"), "").await.1["parent"], json!(null));
    assert_eq!(stage.ask(Method::DELETE, &format!("communities/{community}"), "").await.0, 204);
    stage.event_of("group.left", |data| data["group"]["jid"] == community).await;
    assert_eq!(stage.ask(Method::DELETE, &format!("communities/{community}"), "").await.0, 404);
    assert_eq!(stage.sandbox.get("/unhandled").await["unhandled"], json!([]));
}
