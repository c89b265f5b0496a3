//! The phones of a simulated network: they scan the codes beside which they are shown, write, call and form groups.
//! Everything goes through the network's control API, asked within the process.

mod faults;
mod list;
mod network;
mod phone;
mod scan;

use axum::{
    Router,
    routing::{get, post},
};
use switchboard_api::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/phones", get(list::page).post(list::make))
        .route("/phones/faults", post(faults::inject))
        .route("/phones/beside", get(phone::beside))
        .route("/phones/{number}", get(phone::page))
        .route("/phones/{number}/messages", get(phone::messages).post(phone::write))
        .route("/phones/{number}/calls", post(phone::call))
        .route("/phones/{number}/groups", post(phone::group))
        .route("/phones/{number}/line", post(phone::line))
        .route("/sessions/{id}/scan", post(scan::submit))
}
