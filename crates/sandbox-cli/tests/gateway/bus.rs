//! Redis between gateways: limits hold for all of them together while it is there, and nothing needs it.

use serde_json::json;

use super::{
    gateway::{Gateway, PATIENCE},
    house::{House, ask_the_network},
    redis::Redis,
    traffic,
};

/// Ten seconds' worth may come at once.
const PER_SECOND: usize = 2;
const BURST: usize = 10 * PER_SECOND;

/// Waits until every gateway says so of its bus.
async fn until_bus_is(house: &House, wanted: &str) {
    for gateway in &house.gateways {
        let told = async {
            loop {
                let (_, health) = gateway.client().ask(reqwest::Method::GET, "/health", "").await;
                if health["checks"]["bus"]["status"] == wanted {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, told).await.unwrap_or_else(|_| panic!("the bus is never {wanted}"));
    }
}

/// Signs in with a wrong password; tells whether it was refused as too many attempts.
async fn guess(gateway: &Gateway, name: &str) -> bool {
    let wrong = json!({ "username": name, "password": "not this one" });
    gateway.client().refused("/v1/login", wrong).await.0 == 429
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_for_all_gateways_together() {
    let redis = Redis::start().await;
    let house = House::of(3, &[redis.as_bus(), ("SWITCHBOARD_RATE_LIMIT", PER_SECOND.to_string())]).await;
    until_bus_is(&house, "ok").await;
    let started = std::time::Instant::now();
    let mut admitted = 0;
    for gateway in house.gateways.iter().cycle() {
        let token = house.gateways[0].client().token().to_owned();
        let client = gateway.client().with_token(&token);
        let (status, _) = client.ask(reqwest::Method::GET, "/v1/sessions", "").await;
        if status == 429 {
            break;
        }
        admitted += 1;
    }
    let since = usize::try_from(started.elapsed().as_secs()).unwrap() + 1;
    // Each alone would admit a burst of its own; a few may overtake the news of each other.
    assert!(admitted <= BURST + PER_SECOND * since + BURST / 2, "{admitted} were admitted");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_wherever_it_is_done() {
    let redis = Redis::start().await;
    let house = House::of(2, &[redis.as_bus()]).await;
    until_bus_is(&house, "ok").await;
    while !guess(&house.gateways[0], "ann").await {}
    let mut refused = false;
    for _ in 0..4 {
        refused |= guess(&house.gateways[1], "ann").await;
    }
    assert!(refused, "the other gateway has heard of the attempts");
    assert!(!guess(&house.gateways[1], "bob").await, "another account");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_everything_goes_on_and_it_comes_back_by_itself() {
    let mut redis = Redis::start().await;
    let mut house = House::of(2, &[redis.as_bus()]).await;
    house.link(2).await;
    until_bus_is(&house, "ok").await;
    redis.go_away().await;
    until_bus_is(&house, "degraded").await;
    let mut socket = house.listen(1, "message.received").await;
    for (n, pair) in house.pairs.iter().enumerate() {
        let id = house.sandbox.phone_sends(&pair.peer, &pair.number, "while it is away").await;
        socket.until(|event| event["data"]["id"] == id.as_str()).await;
        for gateway in &house.gateways {
            ask_the_network(gateway, pair).await;
        }
        let sent = traffic::send_one(&house.gateways[1 - n].client(), pair, 0).await;
        traffic::check_out(&house.sandbox, pair, &[sent]).await;
    }
    redis.come_back().await;
    until_bus_is(&house, "ok").await;
    while !guess(&house.gateways[0], "ann").await {}
    let mut refused = false;
    for _ in 0..4 {
        refused |= guess(&house.gateways[1], "ann").await;
    }
    assert!(refused, "the gateways hear each other again");
}
