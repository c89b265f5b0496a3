//! Messages that the network spoils on their way.

use crate::bench::{ANNA, BEN, Bench};

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_handed_in_once() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.spoil("duplicate", ANNA).await;
    bench.phone_sends(BEN, ANNA, "twice").await;
    anna.message("twice").await;
    bench.phone_sends(BEN, ANNA, "after").await;
    anna.message("after").await;
    bench.all_acknowledged(ANNA).await;
    assert_eq!(anna.count("twice"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_message_is_asked_for_again() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.spoil("corrupt", ANNA).await;
    bench.phone_sends(BEN, ANNA, "damaged on its way").await;
    anna.message("damaged on its way").await;
    bench.all_acknowledged(ANNA).await;
}
