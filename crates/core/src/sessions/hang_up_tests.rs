//! Requests whose client hangs up as soon as they have begun.

use switchboard_model::{Desired, EventBody};

use super::tests::{House, SOON};
use crate::{Caller, Pair, engine::Fact, testing::hang_up};

#[tokio::test]
async fn a_deletion_goes_on_until_the_session_is_gone() {
    let house = House::new().await;
    let (id, _session) = house.paired("one").await;
    house.core.disconnect(&Caller::System, &id).await.expect("disconnects");
    hang_up(house.core.delete_session(&Caller::System, &id)).await;
    house.until_event(&id, |body| matches!(body, EventBody::SessionDeleted {})).await;
}

#[tokio::test]
async fn a_session_that_comes_back_only_to_be_logged_out_does_not_stay() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    house.core.disconnect(&Caller::System, &id).await.expect("disconnects");
    // It is opened, and takes a while to come online.
    session.set_linked(false);
    let (core, order) = (house.core.clone(), id.clone());
    let request = tokio::spawn(async move { core.log_out(&Caller::System, &order).await });
    tokio::time::timeout(SOON, session.opened(2)).await.expect("it comes back");
    request.abort();
    assert!(request.await.expect_err("hung up").is_cancelled());
    session.link().await.report(Fact::Online { catching_up: false });
    house.until(&id, "logged_out").await;
    assert!(session.was_unlinked());
    let left = house.core.session(&Caller::System, &id).await.expect("seen").session;
    assert_eq!((left.desired, left.linked), (Desired::Disconnected, false));
}

#[tokio::test]
async fn a_connection_that_is_to_begin_anew_begins() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    hang_up(house.core.reconnect(&Caller::System, &id, Pair::Qr)).await;
    tokio::time::timeout(SOON, session.opened(2)).await.expect("opened again");
}
