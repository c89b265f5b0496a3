//! Calls, blocked contacts, and what a session does about calls.

mod blocked;
mod blocking;
mod history;
mod wire;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(history::list))
        .routes(routes!(history::stats))
        .routes(routes!(history::reject))
        .routes(routes!(blocking::show, blocking::change))
        .routes(routes!(blocked::list, blocked::block))
        .routes(routes!(blocked::unblock))
}
