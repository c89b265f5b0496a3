//! Failures as pages. A script of ours takes the sentence out and shows it where the person is.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use switchboard_api::http::{ErrorShape, Failure};

use crate::{answer, frame::Frame, language, text::Text};

pub(crate) struct Shape;

#[derive(Template)]
#[template(path = "error.html")]
struct Page {
    frame: Frame,
    title: &'static str,
    message: String,
}

impl ErrorShape for Shape {
    fn render(failure: &Failure) -> Response {
        let (t, status) = (language::spoken(), status(failure));
        let page = Page { frame: Frame::bare(t), title: title(t, status), message: message(t, failure) };
        answer::page(status, page.render().unwrap_or_default())
    }
}

/// People open addresses. Whether one is for something else than a page means nothing to them.
fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::WrongMethod => StatusCode::NOT_FOUND,
        other => other.status(),
    }
}

fn message(t: &'static Text, failure: &Failure) -> String {
    match failure {
        Failure::UnknownPath | Failure::WrongMethod => t.error_no_page.to_owned(),
        other => sentence(&other.message()),
    }
}

fn title(t: &'static Text, status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => t.error_not_found,
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => t.error_forbidden,
        status if status.is_server_error() => t.error_ours,
        _ => t.error_other,
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}
