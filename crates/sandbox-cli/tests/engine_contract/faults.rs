//! Each way a connection ends, and what is told of it. The client never comes back by itself: the supervisor decides.

use switchboard_core::engine::Fact;

use crate::bench::{ANNA, Bench};

async fn ends_with(fault: &str, wanted: impl Fn(&Fact) -> bool) {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    let before = bench.get("/state").await["connections"].as_array().unwrap().len();
    bench.fault(fault, ANNA).await;
    anna.fact(fault, |fact| wanted(fact).then_some(())).await;
    anna.ended().await;
    let after = bench.get("/state").await["connections"].as_array().unwrap().len();
    assert_eq!(after, before, "it dialled again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection() {
    ends_with("drop", |fact| matches!(fact, Fact::Offline { .. })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_network() {
    ends_with("503", |fact| matches!(fact, Fact::Offline { .. })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_login() {
    ends_with("replaced", |fact| matches!(fact, Fact::Replaced)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_device() {
    ends_with("device_removed", |fact| matches!(fact, Fact::LoggedOut { .. })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_handed_in_once() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.spoil("duplicate", ANNA).await;
    bench.phone_sends(crate::bench::BEN, ANNA, "twice").await;
    anna.message("twice").await;
    bench.phone_sends(crate::bench::BEN, ANNA, "after").await;
    anna.message("after").await;
    bench.all_acknowledged(ANNA).await;
    assert_eq!(anna.count("twice"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_message_is_asked_for_again() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.spoil("corrupt", ANNA).await;
    bench.phone_sends(crate::bench::BEN, ANNA, "damaged on its way").await;
    anna.message("damaged on its way").await;
    bench.all_acknowledged(ANNA).await;
}
