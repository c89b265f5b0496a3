//! A sentence that is shown for a while, on top of whatever the page shows.

use askama::Template;
use axum::response::Response;
use switchboard_api::http::Failure;

use crate::answer;

#[derive(Template)]
#[template(source = r#"<div hx-swap-oob="beforeend:#toasts"><p class="toast">{{ text }}</p></div>"#, ext = "html")]
struct Toast<'a> {
    text: &'a str,
}

/// An answer that changes nothing on the page itself.
pub(crate) fn say(text: &str) -> Result<Response, Failure> {
    answer::html(&Toast { text })
}
