//! What every surface has around its routes: one error shape, request ids, caught panics, safe headers.

use std::panic::AssertUnwindSafe;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderValue, Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;

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
    }
    response.headers_mut().insert("x-request-id", id.header());
    protect(&mut response);
    response
}

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

/// Nothing here is for caches, frames, or guesses about types. A page that needs more says so itself.
fn protect(response: &mut Response) {
    let headers = response.headers_mut();
    let mut default = |name, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::CACHE_CONTROL, "no-store");
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::REFERRER_POLICY, "no-referrer");
    default(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
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
        if failure.status().is_server_error() {
            let route = self.route.as_ref().map_or("-", MatchedPath::as_str);
            let detail = failure.detail().unwrap_or("-");
            tracing::error!(method = %self.method, route, request_id = %id, detail, "a request failed");
        }
    }
}
