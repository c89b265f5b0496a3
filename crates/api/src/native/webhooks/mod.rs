//! Webhooks, and how their deliveries fare.

mod commands;
mod deliveries;
mod manage;
pub(crate) mod wire;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(manage::list, manage::create))
        .routes(routes!(manage::show, manage::change, manage::delete))
        .routes(routes!(commands::pause))
        .routes(routes!(commands::resume))
        .routes(routes!(commands::rotate))
        .routes(routes!(commands::test))
        .routes(routes!(commands::replay))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::replay))
}
