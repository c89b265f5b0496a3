//! Sessions: linked accounts, and the state each is in.

mod commands;
mod handover;
mod manage;
mod pairing;
mod wire;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(manage::list, manage::create))
        .routes(routes!(manage::show, manage::rename, manage::delete))
        .routes(routes!(commands::connect))
        .routes(routes!(commands::disconnect))
        .routes(routes!(commands::log_out))
        .routes(routes!(handover::take_back))
        .routes(routes!(pairing::qr))
        .routes(routes!(pairing::code))
}
