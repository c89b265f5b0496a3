//! What the two sides rely on.

use reqwest::Method;
use serde_json::json;

use crate::house::{House, OWN, PEERS};

#[tokio::test(flavor = "multi_thread")]
async fn a_microservice_goes_on_with_every_conversation_and_gives_it_back() {
    let house = House::new().await;
    for (n, peer) in PEERS.iter().enumerate() {
        house.gateway_says(peer, &format!("hello {n}")).await;
        house.phone_says(peer, &format!("hello gateway {n}")).await;
        house.gateway_received(&format!("hello gateway {n}")).await;
    }
    // More than one step of each ratchet, and one conversation that only ever went one way.
    house.gateway_says(PEERS[0], "again").await;
    house.phone_says(PEERS[1], "again to the gateway").await;
    house.gateway_received("again to the gateway").await;

    let example = house.example(&[]);
    example.until_says("connected").await;
    for (n, peer) in PEERS.iter().enumerate() {
        house.phone_says(peer, &format!("hello program {n}")).await;
        house.phone_shows(peer, &format!("You said: hello program {n}")).await;
        house.phone_says(peer, &format!("and once more {n}")).await;
        house.phone_shows(peer, &format!("You said: and once more {n}")).await;
    }
    let said = example.give_back().await;
    assert!(said.iter().any(|line| line == "given back"), "{said:#?}");

    house.api.until_state("bot", "connected").await;
    for (n, peer) in PEERS.iter().enumerate() {
        house.phone_says(peer, &format!("back again {n}")).await;
        house.gateway_received(&format!("back again {n}")).await;
        house.gateway_says(peer, &format!("here again {n}")).await;
    }
    house.nothing_undecryptable().await;
    house.no_overlap().await;
    let mut kinds = house.api.events("handover.taken,handover.returned").await;
    let kinds: Vec<_> = kinds.drain(..).map(|event| event["type"].clone()).collect();
    assert_eq!(kinds, [json!("handover.taken"), json!("handover.returned")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_while_nobody_was_there_reaches_the_next_holder() {
    let house = House::new().await;
    house.gateway_says(PEERS[0], "hello").await;
    house.phone_says(PEERS[0], "hello gateway").await;
    house.gateway_received("hello gateway").await;
    let (status, taken) = house.ask(Method::GET, &house.key, None).await;
    assert_eq!(status, 200, "{taken}");
    house.phone_says(PEERS[0], "on the way").await;
    let given = json!({ "lease": taken["lease"], "session": taken["session"] });
    let (status, answer) = house.ask(Method::PUT, &house.key, Some(given)).await;
    assert_eq!((status, &answer["warnings"]), (200, &json!([])), "{answer}");
    house.gateway_received("on the way").await;

    house.api.post("/v1/sessions/bot/disconnect", json!({})).await.unwrap();
    house.phone_says(PEERS[0], "to the program").await;
    let example = house.example(&[]);
    house.phone_shows(PEERS[0], "You said: to the program").await;
    example.give_back().await;
    house.api.until_state("bot", "disconnected").await;
    house.api.post("/v1/sessions/bot/connect", json!({})).await.unwrap();
    house.api.until_state("bot", "connected").await;
    house.gateway_says(PEERS[0], "done").await;
    house.nothing_undecryptable().await;
    house.no_overlap().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_dies_loses_the_session_and_peers_begin_anew() {
    let house = House::new().await;
    house.gateway_says(PEERS[0], "hello").await;
    house.phone_says(PEERS[0], "hello gateway").await;
    house.gateway_received("hello gateway").await;
    let example = house.example(&[]);
    example.until_says("taken over").await;
    house.phone_says(PEERS[0], "hello program").await;
    house.phone_shows(PEERS[0], "You said: hello program").await;
    example.kill().await;
    let before = house.network.get("/state").await;

    house.api.post("/v1/sessions/bot/take-back", json!({})).await.unwrap();
    house.api.until_state("bot", "connected").await;
    // Encrypted by the peer for the holder that is gone; asked for again, and read.
    house.phone_says(PEERS[0], "are you there?").await;
    house.gateway_received("are you there?").await;
    house.gateway_says(PEERS[0], "I am").await;
    house.gateway_says(PEERS[1], "and here").await;
    house.phone_says(PEERS[1], "welcome back").await;
    house.gateway_received("welcome back").await;
    let after = house.network.get("/state").await;
    assert!(prekeys(&after) > 0, "uploaded anew: {} before, {} after", prekeys(&before), prekeys(&after));
    house.no_overlap().await;
}

fn prekeys(state: &serde_json::Value) -> i64 {
    let accounts = state["accounts"].as_array().unwrap();
    let own = accounts.iter().find(|account| account["number"] == OWN).unwrap();
    own["devices"].as_array().unwrap()[0]["prekeys"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_restarts_goes_on_where_it_was_and_renews_its_lease() {
    let house = House::new().await;
    house.gateway_says(PEERS[0], "hello").await;
    let example = house.example(&[]);
    example.until_says("taken over").await;
    house.phone_says(PEERS[0], "first").await;
    house.phone_shows(PEERS[0], "You said: first").await;
    // Baileys stores a ratchet after it has sent: killed in between, it would ask the peer to send again.
    example.until_says("answered").await;
    example.kill().await;
    let example = house.example(&[("EXPIRES_IN", "1m")]);
    example.until_says("taken over").await;
    house.phone_says(PEERS[0], "second").await;
    house.phone_shows(PEERS[0], "You said: second").await;
    let said = example.give_back().await;
    assert!(!said.iter().any(|line| line.starts_with("undecryptable")), "{said:#?}");
    house.gateway_says(PEERS[0], "third").await;

    let example = house.example(&[]);
    example.until_says("taken over").await;
    house.phone_says(PEERS[0], "fourth").await;
    house.phone_shows(PEERS[0], "You said: fourth").await;
    example.kill().await;
    house.forget_example();
    // What it had is gone, so the program itself asks for a new beginning.
    let example = house.example(&[]);
    example.until_says("connected").await;
    house.phone_says(PEERS[0], "fifth").await;
    house.phone_shows(PEERS[0], "You said: fifth").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_get_nothing() {
    let house = House::new().await;
    let (_, issued) = house.ask(Method::POST, &house.key, Some(json!({}))).await;
    let token = issued["token"].as_str().unwrap().to_owned();
    let (head, rest) = token.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoieCJ9";
    let turned: String = signature.chars().rev().collect();
    for wrong in ["sb_wrong", &format!("{none}.{claims}."), &format!("{head}.{claims}.{turned}")] {
        let (status, body) = house.ask(Method::GET, wrong, None).await;
        assert_eq!((status, body.get("session")), (401, None), "{body}");
    }
    let (status, taken) = house.ask(Method::GET, &token, None).await;
    assert_eq!(status, 200, "{taken}");
    let given = json!({ "lease": taken["lease"], "session": taken["session"] });
    assert_eq!(house.ask(Method::PUT, &token, Some(given.clone())).await.0, 200);
    let replayed = taken["token"].as_str().unwrap();
    assert_eq!(house.ask(Method::GET, replayed, None).await.0, 401, "its hand-over has ended");
    assert_eq!(house.ask(Method::PUT, &house.key, Some(given)).await.0, 409);
}
