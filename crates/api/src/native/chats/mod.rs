//! Conversations: listing them, and marking one as read.

mod change;
mod list;
mod read;
mod wire;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(list::show, change::change))
        .routes(routes!(change::star, change::unstar))
        .routes(routes!(read::mark))
}
