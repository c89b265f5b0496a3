//! A database that gives no connection in time: each surface says so in its words, and when to come again.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::surfaces::Surface;
use crate::testing::House;

async fn busy_database(surface: Surface) {
    let house = House::with(|api| surface.routes(api)).await;
    let Some(store) = house.only_connection().cloned() else { return };
    house.session("shop").await;
    let operation = surface.about_one_session();
    let ask = operation.signed(operation.about(&house, &[("id", "shop")]));
    let (busy, free) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (writer, (begun, end)) = (store, (Arc::clone(&busy), Arc::clone(&free)));
    let change = tokio::spawn(async move {
        let hold = writer.write(move |_| {
            let (busy, free) = (Arc::clone(&busy), Arc::clone(&free));
            Box::pin(async move {
                busy.add_permits(1);
                drop(free.acquire().await);
                Ok(())
            })
        });
        hold.await
    });
    drop(begun.acquire().await);
    // Nothing happens now but time.
    tokio::time::pause();
    let answer = ask.send().await;
    assert_eq!(answer.status.as_u16(), 503, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), "3");
    assert!(answer.text().contains("the database did not answer in time"), "{}", answer.text());
    surface.assert_refusal(&answer, "in a crowd");
    tokio::time::resume();
    end.add_permits(1);
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
