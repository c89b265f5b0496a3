//! The event log over HTTP: read by cursor, streamed, or pushed over a WebSocket. All three carry the same events.

mod feed;
mod list;
mod query;
mod socket;
mod stream;
mod wire;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::events)).routes(routes!(socket::connect))
}

/// An event as all of these show it.
pub(crate) fn shown(event: &switchboard_model::Event) -> impl serde::Serialize + use<> {
    wire::Event::from(event.clone())
}
