//! Messages: sending them, following what becomes of them, reading them back.

mod body;
mod content;
mod file;
mod read;
mod send;
mod wire;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) use wire::Message;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(read::list, send::send))
        .routes(routes!(read::show, send::cancel))
        .routes(routes!(file::send))
        .routes(routes!(file::show))
}
