//! What comes by itself.

use axum::body::BodyDataStream;
use futures_util::StreamExt;
use switchboard_core::Caller;
use switchboard_model::{Origin, UserId};

use super::house::{House, SOON};

/// Reads a stream until it has said `wanted`, and gives back all it said.
pub(super) async fn until(response: axum::response::Response, wanted: &str) -> String {
    hear(&mut response.into_body().into_data_stream(), wanted).await
}

async fn hear(stream: &mut BodyDataStream, wanted: &str) -> String {
    let mut said = String::new();
    let read = async {
        while !said.contains(wanted) {
            let chunk = stream.next().await.expect("goes on").expect("readable");
            said.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    let ended = tokio::time::timeout(SOON, read).await;
    assert!(ended.is_ok(), "never said {wanted}, only {said}");
    said
}

#[tokio::test]
async fn the_list_shows_a_change_of_state() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    let stream = house.get("/sessions/live").by(&browser).open().await;
    house.waiting(&id).await;
    let said = until(stream, "Waiting for scan").await;
    assert!(said.contains("event: swap") && said.contains("row-a"), "{said}");
}

#[tokio::test]
async fn a_page_shows_the_code_and_then_that_it_was_scanned() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    let stream = house.get("/sessions/a/live").by(&browser).open().await;
    house.waiting(&id).await;
    let said = until(stream, "<path").await;
    assert!(said.contains("<svg") && !said.contains("data-connected"), "{said}");
    let stream = house.get("/sessions/a/live").by(&browser).open().await;
    let link = house.engine.session(&id).link().await;
    link.pair(&"6282260790996".parse().unwrap(), &"100001".parse().unwrap());
    until(stream, "data-connected").await;
}

#[tokio::test]
async fn a_page_of_a_deleted_session_is_told() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    let stream = house.get("/sessions/a/live").by(&browser).open().await;
    house.core.delete_session(&Caller::System, &id).await.unwrap();
    let said = until(stream, "event: gone").await;
    assert!(said.contains("data: 1"), "without data no browser tells the page of it: {said}");
}

#[tokio::test]
async fn a_page_of_an_ended_login_shows_nothing_more() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    let mut stream = house.get("/sessions/a/live").by(&browser).open().await.into_body().into_data_stream();
    house.waiting(&id).await;
    hear(&mut stream, "event: swap").await;
    house.core.sign_out_everywhere(&Caller::System, UserId::ADMIN).await.unwrap();
    house.core.disconnect(&Caller::System, &id).await.unwrap();
    let said = hear(&mut stream, "event: stale").await;
    assert!(said.contains("data: 1") && !said.contains("Disconnected"), "{said}");
}

#[tokio::test]
async fn the_simulated_phone_comes_with_the_link() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    house.waiting(&id).await;
    let browser = house.browser().await;
    let stream = house.get("/sessions/a/live").by(&browser).open().await;
    let link = house.engine.session(&id).link().await;
    link.pair(&"6282260790996".parse().unwrap(), &"100001".parse().unwrap());
    let said = until(stream, "id=\"beside\"").await;
    assert!(said.contains("to=6282260790996"), "{said}");
}
