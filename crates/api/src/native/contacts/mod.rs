//! People: who is on WhatsApp, who is there or typing, what was read.

mod numbers;
mod presence;
mod read;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(numbers::check))
        .routes(routes!(presence::set))
        .routes(routes!(presence::subscribe))
        .routes(routes!(presence::typing))
        .routes(routes!(read::mark))
}
