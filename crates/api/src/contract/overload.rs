//! A database that gives no connection in time: each surface says so in its words, and when to come again.

use std::sync::Arc;

use tokio::sync::Barrier;

use super::surfaces::Surface;
use crate::testing::House;

async fn busy_database(surface: Surface) {
    let house = House::with(|api| surface.routes(api)).await;
    let Some(store) = house.only_connection().cloned() else { return };
    house.session("shop").await;
    let operation = surface.about_one_session();
    let ask = operation.signed(operation.about(&house, &[("id", "shop")]));
    // Passed when the change has the connection, and again when it may go.
    let gate = Arc::new(Barrier::new(2));
    let (writer, held) = (store, Arc::clone(&gate));
    let change = tokio::spawn(async move {
        let hold = writer.write(move |_| {
            let gate = Arc::clone(&held);
            Box::pin(async move {
                gate.wait().await;
                gate.wait().await;
                Ok(())
            })
        });
        hold.await
    });
    gate.wait().await;
    // Nothing happens now but time.
    tokio::time::pause();
    let answer = ask.send().await;
    assert_eq!(answer.status.as_u16(), 503, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), "3");
    assert!(answer.text().contains("the database did not answer in time"), "{}", answer.text());
    surface.assert_refusal(&answer, "in a crowd");
    tokio::time::resume();
    gate.wait().await;
    change.await.unwrap().unwrap();
}

#[tokio::test]
async fn native_says_when_to_come_again() {
    busy_database(Surface::Native).await;
}

#[tokio::test]
async fn multisession_says_when_to_come_again() {
    busy_database(Surface::Multisession).await;
}

#[tokio::test]
async fn bots_say_when_to_come_again() {
    busy_database(Surface::Bots).await;
}

#[tokio::test]
async fn wa_api_says_when_to_come_again() {
    busy_database(Surface::WaApi).await;
}

#[tokio::test]
async fn microservice_says_when_to_come_again() {
    busy_database(Surface::Microservice).await;
}
