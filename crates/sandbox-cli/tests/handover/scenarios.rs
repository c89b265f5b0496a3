//! What the two sides rely on.

use reqwest::Method;
use serde_json::json;

use crate::house::{House, OWN, PEERS};

#[tokio::test(flavor = "multi_thread")]
async fn a_microservice_goes_on_with_every_conversation_and_gives_it_back() {
    let house = House::new().await;
    let group = house.group().await;
    chat_before(&house, &group).await;

    // Encrypted for the gateway, and received by whoever comes next.
    house.api.post("/v1/sessions/bot/disconnect", json!({})).await.unwrap();
    house.phone_says(PEERS[2], "on the way there").await;
    house.phone_says_in(&group, PEERS[1], "on the way there, all").await;
    let example = house.example(&[]);
    house.phone_shows(PEERS[2], "You said: on the way there").await;
    house.all_show("You said: on the way there, all").await;
    for (n, peer) in PEERS.iter().enumerate() {
        house.phone_says(peer, &format!("hello program {n}")).await;
        house.phone_shows(peer, &format!("You said: hello program {n}")).await;
        house.phone_says(peer, &format!("and once more {n}")).await;
        house.phone_shows(peer, &format!("You said: and once more {n}")).await;
        house.phone_says_in(&group, peer, &format!("all, this is {n}")).await;
        house.all_show(&format!("You said: all, this is {n}")).await;
    }
    let said = example.give_back().await;
    assert!(said.iter().any(|line| line == "given back"), "{said:#?}");
    // Two on the way there, and three for each: none twice.
    let mut received: Vec<_> = said.iter().filter(|line| line.starts_with("message ")).collect();
    let all = received.len();
    received.sort();
    received.dedup();
    assert_eq!((all, received.len()), (2 + 3 * PEERS.len(), 2 + 3 * PEERS.len()), "{said:#?}");

    house.phone_says(PEERS[1], "on the way back").await;
    house.phone_says_in(&group, PEERS[0], "on the way back, all").await;
    house.api.post("/v1/sessions/bot/connect", json!({})).await.unwrap();
    house.api.until_state("bot", "connected").await;
    house.gateway_received("on the way back").await;
    house.gateway_received("on the way back, all").await;
    for (n, peer) in PEERS.iter().enumerate() {
        house.phone_says(peer, &format!("back again {n}")).await;
        house.gateway_received(&format!("back again {n}")).await;
        house.gateway_says(peer, &format!("here again {n}")).await;
        house.phone_says_in(&group, peer, &format!("all, back again {n}")).await;
        house.gateway_received(&format!("all, back again {n}")).await;
        house.gateway_says_in(&group, &format!("all, here again {n}")).await;
    }
    house.nothing_undecryptable().await;
    house.no_overlap().await;
    let mut kinds = house.api.events("handover.taken,handover.returned").await;
    let kinds: Vec<_> = kinds.drain(..).map(|event| event["type"].clone()).collect();
    assert_eq!(kinds, [json!("handover.taken"), json!("handover.returned")]);
}

/// Both ways with each peer and in the group; some ratchets take more than one step, and one goes one way only.
async fn chat_before(house: &House, group: &str) {
    for (n, peer) in PEERS.iter().enumerate() {
        house.gateway_says(peer, &format!("hello {n}")).await;
        house.phone_says(peer, &format!("hello gateway {n}")).await;
        house.gateway_received(&format!("hello gateway {n}")).await;
        house.phone_says_in(group, peer, &format!("hello all {n}")).await;
        house.gateway_received(&format!("hello all {n}")).await;
        house.gateway_says_in(group, &format!("hello to all of you {n}")).await;
    }
    house.gateway_says(PEERS[0], "again").await;
    house.phone_says(PEERS[1], "again to the gateway").await;
    house.gateway_received("again to the gateway").await;
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
async fn a_short_token_is_renewed_before_it_runs_out() {
    let house = House::new().await;
    let example = house.example(&[("EXPIRES_IN", "1m")]);
    let first = example.until_says_nth("renewed until", 1).await;
    let ends = first.split_whitespace().last().unwrap().to_owned();
    example.until_says_nth("renewed until", 2).await;
    let renewals = house.api.events("handover.renewed").await;
    assert_eq!(renewals.len(), 2, "{renewals:#?}");
    let at = renewals[1]["at"].as_str().unwrap();
    assert!(at < ends.as_str(), "renewed at {at}, when the first had ended at {ends}");
    house.phone_says(PEERS[0], "still there?").await;
    house.phone_shows(PEERS[0], "You said: still there?").await;
    example.give_back().await;
    assert_eq!(house.api.events("handover.expired").await, [json!(null); 0]);
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

#[tokio::test(flavor = "multi_thread")]
async fn where_a_key_may_be_used_and_what_is_done_with_it_is_watched() {
    let house = House::new().await;
    let key = async |from: &str| {
        let body = json!({ "name": "program", "scopes": ["bots"], "allowed_ips": [from] });
        house.api.post("/v1/keys", body).await.unwrap()["key"].as_str().unwrap().to_owned()
    };
    let (here, elsewhere) = (key("127.0.0.0/8").await, key("192.0.2.0/24").await);
    assert_eq!(house.ask(Method::GET, &elsewhere, None).await.0, 403);
    let (status, taken) = house.ask(Method::GET, &here, None).await;
    assert_eq!(status, 200, "{taken}");
    let token = taken["token"].as_str().unwrap();
    assert_eq!(house.ask(Method::POST, token, Some(json!({ "expiresIn": "2h" }))).await.0, 200);
    assert_eq!(house.ask(Method::DELETE, token, None).await.0, 200);
    assert_eq!(house.ask(Method::GET, token, None).await.0, 401);

    let (_, metrics) = house.api.bytes("/metrics").await;
    let metrics = String::from_utf8(metrics).unwrap();
    for (action, times) in
        [("taken", 1), ("renewed", 1), ("taken_back", 1), ("refused", 2), ("token_used", 2), ("token_refused", 1)]
    {
        let line = format!("switchboard_handovers_total{{action=\"{action}\"}} {times}\n");
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }
    let kinds: Vec<_> = house.api.events("handover.taken,handover.renewed,handover.taken_back").await;
    let kinds: Vec<_> = kinds.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["handover.taken", "handover.renewed", "handover.taken_back"]);
}
