//! The gateway itself: how it is, how it is set, how programs talk to it.

mod docs;
mod health;
mod history;
mod settings;

use axum::{Router, routing::get};
use switchboard_api::Api;

pub use health::Vitals;
pub(crate) use history::History;
pub use settings::Setting;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/system", get(health::page))
        .route("/system/samples", get(health::samples))
        .route("/settings", get(settings::page))
        .route("/api-docs", get(docs::page))
}
