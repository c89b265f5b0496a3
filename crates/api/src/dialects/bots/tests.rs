//! The document's own requests, and what else clients may do.

use axum::http::Request;
use serde_json::json;

use super::Bot;
use crate::{
    http::Failure,
    testing::{ADMIN, House},
};

async fn house() -> House {
    House::with(super::router).await
}

/// Whether a bot's request with this header is let in, else the status of the refusal.
async fn admitted(house: &House, bot: &str, header: (&str, &str)) -> Result<(), u16> {
    let routes = axum::Router::new().route("/api/bots/{id}", axum::routing::get(async |_: Bot| ()));
    let routes = routes.with_state(house.api.clone());
    let request = Request::builder().uri(format!("/api/bots/{bot}")).header(header.0, header.1);
    let request = request.body(axum::body::Body::empty()).unwrap();
    let status = tower::ServiceExt::oneshot(routes, request).await.unwrap().status();
    if status.is_success() { Ok(()) } else { Err(status.as_u16()) }
}

#[tokio::test]
async fn who_may_ask_about_a_bot() {
    let house = house().await;
    let (bot, _) = house.session("bot-1").await;
    house.session("bot-2").await;
    let (key, bound) = (house.key("bots", None).await, house.key("bots", Some(&bot)).await);
    assert_eq!(admitted(&house, "bot-1", ("x-api-key", ADMIN)).await, Ok(()));
    assert_eq!(admitted(&house, "bot-1", ("x-api-key", &key)).await, Ok(()));
    assert_eq!(admitted(&house, "bot-1", ("x-api-key", &bound)).await, Ok(()));
    assert_eq!(admitted(&house, "bot-2", ("x-api-key", &bound)).await, Err(403));
    assert_eq!(admitted(&house, "bot-1", ("x-api-key", &house.key("sessions", None).await)).await, Err(403));
    let other = format!("Bearer {}", house.user("eve").await);
    assert_eq!(admitted(&house, "bot-1", ("authorization", &other)).await, Err(403), "it is not eve's");
    assert_eq!(admitted(&house, "nobody", ("authorization", &other)).await, Err(404));
    assert_eq!(admitted(&house, "bot-1", ("x-api-key", "wrong")).await, Err(401));
    assert_eq!(admitted(&house, "bot-1", ("accept", "*/*")).await, Err(401));
}

#[tokio::test]
async fn unknown_paths_answer_in_this_documents_words() {
    let house = house().await;
    for path in ["/api/bots", "/api/bots/", "/api/bots/b/nothing", "/api/system/nothing"] {
        let answer = house.get(path).send().await;
        let error = Failure::UnknownPath.message();
        assert_eq!(answer.status.as_u16(), 404, "{path}");
        assert_eq!(answer.json(), json!({"success": false, "error": error, "code": "unknown_path"}), "{path}");
    }
}
