//! What handlers answer with.

use askama::Template;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use switchboard_api::http::Failure;
use switchboard_core::Error;

pub(crate) type Answer = Result<Response, Failure>;

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// A page or a part of one.
pub(crate) fn html(template: &impl Template) -> Answer {
    let text =
        template.render().map_err(|e| Failure::Refused(Error::internal(format!("a page cannot be drawn: {e}"))))?;
    Ok(page(StatusCode::OK, text))
}

pub(crate) fn page(status: StatusCode, text: String) -> Response {
    // Without a referrer browsers would not say either that a form came from a page of ours.
    let referrer = HeaderValue::from_static("same-origin");
    (status, [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, referrer)], Html(text))
        .into_response()
}

/// Leads the browser on, whether it asked for a page or a script of ours did.
pub(crate) fn lead(headers: &HeaderMap, to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(place) if by_script(headers) => (StatusCode::NO_CONTENT, [("hx-redirect", place)]).into_response(),
        _ => Redirect::to(to).into_response(),
    }
}

/// Whether a script of ours asked, which puts the answer into the page that is there.
pub(crate) fn by_script(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}
