//! Addresses that the gateway must not reach are not reached, whatever was registered.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use switchboard_delivery::Encoders;
use switchboard_egress::{Egress, EgressPolicy, Lookup};
use switchboard_store::Store;

use crate::{
    house::{ADMIN, House, core, quick, session, to},
    receiver::Receiver,
};

/// Public when it is registered, this machine when it is used.
fn rebinding() -> Lookup {
    let asked = AtomicUsize::new(0);
    Lookup::new(move |_| {
        let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
        let address = if first { IpAddr::from([93, 184, 216, 34]) } else { IpAddr::from([127, 0, 0, 1]) };
        Box::pin(async move { Ok(vec![address]) })
    })
}

#[tokio::test]
async fn a_name_that_leads_inside_after_it_was_registered_is_not_called() {
    let egress = Egress::with_lookup(EgressPolicy::default(), rebinding()).unwrap();
    let house =
        House::start(core(Store::in_memory().await.unwrap(), egress, "one").await, Encoders::default(), quick());
    let session = house.session("a").await;
    let receiver = Receiver::start(|_| 200.into());
    house.webhook(to(format!("http://rebinding.example:{}/hook", receiver.address.port()))).await;
    house.emit(&session, 1).await;
    let deliveries = house.until(|all| all[0].attempts >= 2).await;
    let last = deliveries[0].last.clone().unwrap();
    assert_eq!(last.status, None);
    assert!(last.error.unwrap().contains("not a public address"));
    assert!(receiver.seen().is_empty());
}

#[tokio::test]
async fn what_was_allowed_once_is_refused_when_it_no_longer_is() {
    let store = Store::in_memory().await.unwrap();
    let receiver = Receiver::start(|_| 200.into());
    let before = core(store.clone(), Egress::new(EgressPolicy::with_loopback()).unwrap(), "one").await;
    let session = session(&before, "a").await;
    for url in [receiver.url(), format!("http://[::ffff:127.0.0.1]:{}/hook", receiver.address.port())] {
        before.create_webhook(&ADMIN, to(url)).await.unwrap();
    }
    let strict = core(store, Egress::new(EgressPolicy::default()).unwrap(), "one").await;
    let house = House::start(strict, Encoders::default(), quick());
    house.emit(&session, 1).await;
    let deliveries = house.until(|all| all.len() == 2 && all.iter().all(|d| d.attempts >= 1)).await;
    assert!(deliveries.iter().all(|d| d.last.as_ref().unwrap().error.as_ref().unwrap().contains("may not be")));
    assert!(receiver.seen().is_empty());
}
