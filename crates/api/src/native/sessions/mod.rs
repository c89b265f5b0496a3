//! Sessions: linked accounts, and the state each is in.

mod commands;
mod export;
mod handover;
mod import;
mod manage;
mod pairing;
mod wire;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::{Api, LARGEST_STATE};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(manage::list, manage::create))
        .routes(routes!(manage::show, manage::change, manage::delete))
        .routes(routes!(commands::connect))
        .routes(routes!(commands::disconnect))
        .routes(routes!(commands::log_out))
        .routes(routes!(handover::take_back))
        .routes(routes!(export::export))
        .routes(routes!(pairing::qr))
        .routes(routes!(pairing::code))
        .merge(OpenApiRouter::new().routes(routes!(import::import)).layer(DefaultBodyLimit::max(LARGEST_STATE)))
}
