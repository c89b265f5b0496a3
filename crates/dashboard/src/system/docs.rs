//! How programs talk to the gateway, with the addresses filled in.

use askama::Template;
use axum::http::header;

use crate::{
    answer::{Answer, html},
    frame::Frame,
    visitor::Visitor,
};

#[derive(Template)]
#[template(path = "system/docs.html")]
struct Page {
    frame: Frame,
    base: String,
    session: String,
    /// The listener of the documented flow that knows no sign-in.
    wa_api: bool,
}

pub(super) async fn page(visitor: Visitor) -> Answer {
    let host = visitor.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost:8080");
    let query = switchboard_core::SessionQuery { limit: Some(1), ..Default::default() };
    let first = visitor.core().sessions(&visitor.caller, query).await?.sessions.into_iter().next();
    let session = first.map_or_else(|| "device-001".to_owned(), |session| session.id.to_string());
    let (frame, wa_api) = (visitor.frame("api"), visitor.sends_with_key());
    html(&Page { frame, base: format!("http://{host}"), session, wa_api })
}
