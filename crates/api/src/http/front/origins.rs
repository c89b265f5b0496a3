//! Pages of other sites: which may call the APIs and open WebSockets from a browser.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use switchboard_core::Error;

use crate::http::{Failure, own_origin};

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
const REQUEST_HEADERS: &str = "authorization, content-type, idempotency-key, last-event-id, x-api-key, x-request-id";
const ANSWER_HEADERS: &str = "location, retry-after, x-request-id";
/// How many seconds a browser may remember that it may ask.
const REMEMBERED: &str = "600";

/// The origins whose pages may ask.
#[derive(Debug, Default)]
pub(super) struct Origins {
    all: bool,
    listed: Vec<String>,
}

/// Where a request comes from, as the browser says.
pub(super) enum Page {
    /// No browser, or a page of this gateway.
    Own,
    Allowed(HeaderValue),
    Foreign,
}

impl Origins {
    pub(super) fn new(listed: Vec<String>) -> Self {
        Self { all: listed.iter().any(|origin| origin == "*"), listed }
    }

    pub(super) fn page(&self, headers: &HeaderMap) -> Page {
        match (own_origin(headers), headers.get(header::ORIGIN)) {
            (Some(false), Some(origin)) if self.allow(origin) => Page::Allowed(origin.clone()),
            (Some(false), _) => Page::Foreign,
            _ => Page::Own,
        }
    }

    fn allow(&self, origin: &HeaderValue) -> bool {
        self.all || self.listed.iter().any(|listed| listed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
    }

    /// Lets the browser show the answer to the page. No cookie goes along: the APIs know none.
    pub(super) fn tell(&self, page: &Page, headers: &mut HeaderMap) {
        if self.all || !self.listed.is_empty() {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        if let Page::Allowed(origin) = page {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(ANSWER_HEADERS));
        }
    }
}

/// The browser asks whether it may ask.
pub(super) fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

pub(super) fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, REMEMBERED),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Browsers let any page open a WebSocket anywhere; whether it may is for the server to say.
pub(super) fn refusal() -> Failure {
    let reason = "pages of that site may not open WebSockets here: add its origin to SWITCHBOARD_CORS_ORIGINS";
    Failure::Refused(Error::Forbidden(reason.to_owned()))
}
