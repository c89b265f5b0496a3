//! Gateways that are stopped one after the other, as an update does it: their sessions move at once, and spread again
//! over all of them afterwards.

use std::time::{Duration, Instant};

use super::{
    books::{LONG, Sent},
    house::House,
    redis::Redis,
    traffic,
};

const GATEWAYS: usize = 3;
const SESSIONS: usize = 6;
const MESSAGES: usize = 3;
/// From the signal until the last session of the stopped gateway is online elsewhere.
const MOVED: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn with_redis() {
    let redis = Redis::start().await;
    sessions_move_at_once(&[redis.as_bus()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis() {
    sessions_move_at_once(&[]).await;
}

async fn sessions_move_at_once(settings: &[(&'static str, String)]) {
    let mut house = House::of(GATEWAYS, settings).await;
    house.link(SESSIONS).await;
    let mut sent = Sent::new();
    for n in 0..GATEWAYS {
        house.until_spread().await;
        let moved = stop(&mut house, n, &mut sent).await;
        println!("gateway {n} stopped: its sessions were online elsewhere after {moved:?}");
        assert!(moved <= MOVED, "it took {moved:?}");
        house.gateways[n].start_again().await;
        house.send_through(&house.gateways[n], MESSAGES, &mut sent).await;
    }
    house.all_out(&sent).await;
    house.all_in(GATEWAYS * MESSAGES, &house.gateways[0]).await;
    house.one_owner_at_a_time().await;
    traffic::check_keys(&house.sandbox).await;
}

/// Stops one gateway while messages are on their way. Returns how long its sessions were moving.
async fn stop(house: &mut House, n: usize, sent: &mut Sent) -> Duration {
    let held = house.held_by(n);
    let logins = house.logins_of(&held).await;
    house.write_in(n * MESSAGES..(n + 1) * MESSAGES).await;
    house.send_through(&house.gateways[(n + 1) % GATEWAYS], MESSAGES, sent).await;
    let asked = Instant::now();
    house.gateways[n].signal("TERM");
    house.until_back(&logins, LONG).await;
    let moved = asked.elapsed();
    house.gateways[n].ended().await;
    moved
}
