//! Another user's session is answered like one that is not there, to the letter. Only `bots` tells its owner's apart, as
//! its document asks.

use super::surfaces::{Operation, Surface};
use crate::{
    native,
    testing::{House, PEER},
};

const THEIRS: &str = "shop";
const NOBODYS: &str = "shoq";

/// Status and text of the answer, with the id that was asked about left out.
async fn answered(house: &House, operation: &Operation, id: &str, stranger: &str) -> (u16, String) {
    let things = [
        ("id", id),
        ("message", "ABC"),
        ("contact", "abc"),
        ("call", "abc"),
        ("group", "120363000000000001@g.us"),
        ("community", "120363000000000000@g.us"),
        ("newsletter", "120363000000000002@newsletter"),
        ("chat", PEER),
        ("person", PEER),
    ];
    let mut ask = operation.about(house, &things).bearer(stranger);
    if let Some(body) = operation.body_about(id) {
        ask = ask.json(&body);
    }
    let answer = ask.send().await;
    (answer.status.as_u16(), answer.text().replace(id, "it"))
}

/// By the path, or by the body.
fn is_about_one(operation: &Operation) -> bool {
    let named = operation.body.as_ref().is_some_and(|body| body.get("sessionId").is_some());
    operation.path.contains("{id}") || (named && operation.path != "/connect")
}

async fn looks_the_same(surface: Surface) {
    let native = House::with(native::router).await;
    let owner = native.user("owner").await;
    native.post("/v1/sessions", serde_json::json!({ "id": THEIRS })).bearer(&owner).send().await.ok(201);
    let stranger = native.user("stranger").await;
    let house = native.asking(|api| surface.routes(api));
    let operations: Vec<_> = surface.operations().into_iter().filter(is_about_one).collect();
    assert!(operations.len() > 3, "{surface:?}");
    for operation in operations {
        let theirs = answered(&house, &operation, THEIRS, &stranger).await;
        let nobodys = answered(&house, &operation, NOBODYS, &stranger).await;
        assert_eq!(theirs, nobodys, "{}", operation.name());
        assert!(matches!(theirs.0, 400 | 404), "{}: {theirs:?}", operation.name());
    }
}

#[tokio::test]
async fn native() {
    looks_the_same(Surface::Native).await;
}

#[tokio::test]
async fn multisession() {
    looks_the_same(Surface::Multisession).await;
}

#[tokio::test]
async fn microservice() {
    looks_the_same(Surface::Microservice).await;
}
