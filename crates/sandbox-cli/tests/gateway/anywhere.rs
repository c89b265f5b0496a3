//! Three gateways on one database: whichever is asked, the request is done.

use serde_json::json;

use super::{
    house::{House, ask_the_network},
    traffic,
};

const GATEWAYS: usize = 3;
const SESSIONS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn any_gateway_answers_for_any_session() {
    let mut house = House::of(GATEWAYS, &[]).await;
    house.link(SESSIONS).await;
    for pair in &house.pairs {
        for (n, gateway) in house.gateways.iter().enumerate() {
            let group = ask_the_network(gateway, pair).await;
            assert!(group["id"].as_str().is_some_and(|id| !id.is_empty()), "{group}");
            let sent = json!({ "to": pair.peer, "text": format!("from {n}") });
            let path = format!("/v1/sessions/{}/messages?wait=30", pair.session);
            let answer = gateway.client().post(&path, sent).await.unwrap();
            let known = ["sent", "delivered"].contains(&answer["status"].as_str().unwrap());
            assert!(known, "the network's answer reaches whoever asked: {answer}");
        }
    }
    let logins = house.logins(&house.pairs[0].number).await;
    assert_eq!(logins, 1, "nobody else has connected the session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_paired_stopped_and_deleted_from_anywhere() {
    let house = House::of(2, &[]).await;
    let [owner, other] = [house.gateways[0].client(), house.gateways[1].client()];
    owner.post("/v1/sessions", json!({ "id": "shop" })).await.unwrap();
    owner.post("/v1/sessions/shop/connect", json!({})).await.unwrap();
    let qr = other.get("/v1/sessions/shop/qr?wait=30").await.unwrap();
    house.sandbox.post("/phones/628110000042/scan", json!({ "qr": qr["code"] })).await;
    other.until_state("shop", "connected").await;
    let stopped = other.post("/v1/sessions/shop/disconnect", json!({})).await.unwrap();
    assert_eq!(stopped["state"], "disconnected", "{stopped}");
    assert!(house.online().await.is_empty());
    owner.post("/v1/sessions/shop/connect", json!({})).await.unwrap();
    owner.until_state("shop", "connected").await;
    other.delete("/v1/sessions/shop").await.unwrap();
    let state = house.sandbox.get("/state").await;
    let account = state["accounts"].as_array().unwrap().iter().find(|account| account["number"] == "628110000042");
    assert_eq!(account.unwrap()["devices"], json!([]), "the device is gone from the phone");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_reach_a_web_socket_at_every_gateway() {
    let mut house = House::of(GATEWAYS, &[]).await;
    house.link(SESSIONS).await;
    let mut sockets = Vec::new();
    for gateway in 0..GATEWAYS {
        sockets.push(house.listen(gateway, "message.received").await);
    }
    for pair in &house.pairs {
        let id = house.sandbox.phone_sends(&pair.peer, &pair.number, "to all").await;
        for socket in &mut sockets {
            socket.until(|event| event["data"]["id"] == id.as_str()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_in_and_given_out_by_another_gateway() {
    let mut house = House::of(2, &[]).await;
    house.link(1).await;
    let (pair, other) = (house.pairs[0].clone(), house.gateways[1].client());
    let file: Vec<u8> = b"%PDF-1.4\n".iter().copied().chain((0..3_000_000u32).map(|n| n.to_le_bytes()[0])).collect();
    let query = format!("to={}&type=document&file_name=a.pdf&wait=30", pair.peer);
    let (status, sent) = other.put(&format!("/v1/sessions/{}/files?{query}", pair.session), file.clone()).await;
    assert!(status < 300, "{status} {sent}");
    let id = sent["id"].as_str().unwrap();
    let (status, back) = other.bytes(&format!("/v1/sessions/{}/messages/{id}/media", pair.session)).await;
    assert_eq!((status, back.len(), back == file), (200, file.len(), true));
    traffic::check_out(&house.sandbox, &pair, &[id.to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_just_died_is_told_apart_from_one_that_refuses() {
    let mut house = House::of(2, &[]).await;
    house.link(1).await;
    house.gateways[0].kill().await;
    let path = format!("/v1/sessions/{}/groups", house.pairs[0].session);
    let (status, problem) = house.gateways[1]
        .client()
        .refused(&path, json!({ "subject": "a", "participants": [house.pairs[0].peer] }))
        .await;
    assert_eq!((status, problem["code"].as_str()), (503, Some("elsewhere")), "{problem}");
    let text = json!({ "to": house.pairs[0].peer, "text": "meanwhile" });
    let path = format!("/v1/sessions/{}/messages", house.pairs[0].session);
    let accepted = house.gateways[1].client().post(&path, text).await.unwrap();
    let id = accepted["id"].as_str().unwrap().to_owned();
    traffic::check_out(&house.sandbox, &house.pairs[0], &[id]).await;
}
