//! Communities: groups that other groups belong to. What else can be done to groups is done under `groups`.

mod links;
mod manage;
mod members;
mod wire;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(manage::list, manage::create))
        .routes(routes!(manage::close))
        .routes(routes!(links::list))
        .routes(routes!(links::link, links::unlink))
        .routes(routes!(links::join))
        .routes(routes!(members::list))
        .routes(routes!(members::remove))
}
