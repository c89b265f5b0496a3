//! What every surface has around its routes: one error shape, request ids, caught panics.

use std::panic::AssertUnwindSafe;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderValue, Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use switchboard_core::Error;

use super::{Api, Failure, RequestId};

/// The largest body of a request that carries no media.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// The largest auth state of another client: keys and message state of an account with many conversations.
pub(crate) const LARGEST_STATE: usize = 64 * 1024 * 1024;

/// How a surface words what went wrong: its one mapping to status and body.
pub trait ErrorShape: 'static {
    fn render(failure: &Failure) -> Response;
}

/// Closes a set of routes: from here on whatever fails answers in the shape `S`.
pub fn surface<S: ErrorShape>(routes: Router<Api>, api: Api) -> Router {
    routes
        .method_not_allowed_fallback(async || Failure::WrongMethod)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn(guard::<S>))
        .with_state(api)
}

/// For the wildcard route that catches what the surface does not know.
pub async fn unknown_path() -> Failure {
    Failure::UnknownPath
}

async fn guard<S: ErrorShape>(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    request.extensions_mut().insert(id.clone());
    let asked = Asked::of(&request);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| Failure::Panicked.into_response());
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        asked.log(&failure, &id);
        response = reworded::<S>(&failure, &response);
        if let Failure::Refused(Error::Elsewhere { address: Some(address), .. }) = failure {
            response.extensions_mut().insert(Elsewhere(address));
        }
    }
    response.headers_mut().insert("x-request-id", id.header());
    response
}

/// Part of an answer that another gateway could give better: where that one takes requests.
#[derive(Clone, Debug)]
pub struct Elsewhere(pub String);

/// The same failure in the surface's own shape, with the headers that mean the same everywhere.
fn reworded<S: ErrorShape>(failure: &Failure, before: &Response) -> Response {
    let mut response = S::render(failure);
    let headers = response.headers_mut();
    if let Some(allow) = before.headers().get(header::ALLOW) {
        headers.insert(header::ALLOW, allow.clone());
    }
    if let Some(wait) = failure.retry_after() {
        // Rounded up: a client that comes back on the second must be let in.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    if response.status() == axum::http::StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// What a log record may say of a request: the route, not the path, which holds phone numbers.
struct Asked {
    method: Method,
    route: Option<MatchedPath>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        Self { method: request.method().clone(), route: request.extensions().get::<MatchedPath>().cloned() }
    }

    fn log(&self, failure: &Failure, id: &RequestId) {
        // That another gateway is to be asked is no fault.
        let elsewhere = matches!(failure, Failure::Refused(Error::Elsewhere { .. }));
        if failure.status().is_server_error() && !elsewhere {
            let route = self.route.as_ref().map_or("-", MatchedPath::as_str);
            let detail = failure.detail().unwrap_or("-");
            tracing::error!(method = %self.method, route, request_id = %id, detail, "a request failed");
        }
    }
}
