//! Several gateways on one database and one Redis: each session has one owner, and nothing is lost when the owner goes.

use std::{collections::HashSet, time::Duration};

use serde_json::json;

use super::{
    books::{LONG, Sent},
    house::{Heard, House, ask_the_network},
    redis::Redis,
    traffic,
};

const MESSAGES: usize = 5;
/// What the survivors may need until every session of the other is online with them.
const TAKEN_OVER: Duration = Duration::from_secs(30);

/// Hears every one of these messages.
async fn hears_all(socket: &mut Heard, ids: &[String]) {
    let mut missing: HashSet<&str> = ids.iter().map(String::as_str).collect();
    while !missing.is_empty() {
        let event = socket.until(|_| true).await;
        missing.remove(event["data"]["id"].as_str().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_gateway_of_three_ran_goes_on_at_the_others() {
    let redis = Redis::start().await;
    let mut house = House::of(3, &[redis.as_bus()]).await;
    house.link(6).await;
    let mut sent = Sent::new();
    let mut sockets = Vec::new();
    for gateway in 0..3 {
        sockets.push(house.listen(gateway, "message.received").await);
    }
    let mut written = house.write_in(0..MESSAGES).await;
    for gateway in &house.gateways {
        for pair in &house.pairs {
            ask_the_network(gateway, pair).await;
        }
        house.send_through(gateway, MESSAGES, &mut sent).await;
    }
    hears_all(&mut sockets[0], &written).await;
    house.all_out(&sent).await;
    house.all_in(MESSAGES, &house.gateways[0]).await;

    let orphans = house.held_by(0);
    assert!(!orphans.is_empty(), "the first gateway runs something");
    let logins = house.logins_of(&orphans).await;
    house.gateways[0].kill().await;
    let killed = std::time::Instant::now();
    written.extend(house.write_in(MESSAGES..2 * MESSAGES).await);
    house.send_through(&house.gateways[1], MESSAGES, &mut sent).await;
    house.until_back(&logins, TAKEN_OVER).await;
    println!("{} sessions of a killed gateway were back after {:?}", orphans.len(), killed.elapsed());
    for (gateway, socket) in house.gateways.iter().zip(&mut sockets).skip(1) {
        hears_all(socket, &written).await;
        house.send_through(gateway, MESSAGES, &mut sent).await;
        for pair in &house.pairs {
            ask_the_network(gateway, pair).await;
        }
    }
    house.all_out(&sent).await;
    house.all_in(2 * MESSAGES, &house.gateways[2]).await;
    house.one_owner_at_a_time().await;
    traffic::check_keys(&house.sandbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_slept_through_its_leases_touches_nothing() {
    let mut house = House::of(2, &[]).await;
    house.link(4).await;
    let [sleeper, other] = [0, 1].map(|n| &house.gateways[n]);
    house.write_in(0..MESSAGES).await;
    house.all_in(MESSAGES, other).await;
    let logins = house.logins_of(&house.held_by(0)).await;
    sleeper.signal("STOP");
    house.write_in(MESSAGES..2 * MESSAGES).await;
    // Its sockets stay open while it sleeps: the network ends them when the other logs in.
    house.until_back(&logins, LONG).await;
    house.all_in(2 * MESSAGES, other).await;
    let thrown_out = house.thrown_out().await;
    sleeper.signal("CONT");
    house.write_in(2 * MESSAGES..3 * MESSAGES).await;
    let mut sent = Sent::new();
    house.send_through(sleeper, MESSAGES, &mut sent).await;
    house.all_out(&sent).await;
    house.all_in(3 * MESSAGES, other).await;
    traffic::check_keys(&house.sandbox).await;
    assert_eq!(house.thrown_out().await, thrown_out, "the woken one has thrown the other out");
    for pair in &house.pairs {
        let session = other.client().get(&format!("/v1/sessions/{}", pair.session)).await.unwrap();
        assert_eq!(session["state"], json!("connected"), "{session}");
    }
}
