//! Webhooks, and how their deliveries fare.
//!
//! - `list`: all webhooks, and a new one; `detail`: one of them; `edit`: changing it
//! - `deliveries`: all deliveries; `line`: one of them

mod deliveries;
mod detail;
mod edit;
mod line;
mod list;

use axum::{
    Router,
    routing::{get, post},
};
use switchboard_api::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/webhooks", get(list::page).post(list::create))
        .route("/webhooks/{webhook}", get(detail::page).post(edit::submit).delete(detail::delete))
        .route("/webhooks/{webhook}/live", get(detail::live))
        .route("/webhooks/{webhook}/test", post(detail::test))
        .route("/webhooks/{webhook}/pause", post(detail::pause))
        .route("/webhooks/{webhook}/resume", post(detail::resume))
        .route("/webhooks/{webhook}/replay", post(deliveries::replay))
        .route("/deliveries", get(deliveries::page))
        .route("/deliveries/live", get(deliveries::live))
}
