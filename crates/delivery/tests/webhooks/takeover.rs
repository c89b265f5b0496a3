//! Two gateways on one database: a webhook is one's at a time, and nothing is lost when it changes hands.

use switchboard_delivery::Encoders;
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_store::Store;

use crate::{
    house::{House, core, emit, quick, session, to},
    receiver::{Receiver, sequences},
};

#[tokio::test]
async fn another_gateway_goes_on_where_one_stopped() {
    let store = Store::in_memory().await.unwrap();
    let egress = Egress::new(EgressPolicy::with_loopback()).unwrap();
    let (one, two) = (core(store.clone(), egress.clone(), "one").await, core(store, egress, "two").await);
    let receiver = Receiver::start(|_| 200.into());
    let session = session(&one, "a").await;
    let first = House::start(one.clone(), Encoders::default(), quick());
    first.webhook(to(receiver.url())).await;
    emit(&one, &session, 10).await;
    receiver.accepted(10).await;
    let second = House::start(two, Encoders::default(), quick());
    emit(&one, &session, 50).await;
    receiver.accepted(20).await;
    first.stop().await;
    emit(&one, &session, 40).await;
    let seen = receiver.accepted(100).await;
    assert_eq!(sequences(&seen)["a"], (2..=101).collect::<Vec<_>>(), "each once and in order");
    second.stop().await;
}
