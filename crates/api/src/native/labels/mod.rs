//! Labels of chats, which the devices of a business account share.

mod manage;
mod on_chats;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(manage::list, manage::create))
        .routes(routes!(manage::change, manage::delete))
        .routes(routes!(on_chats::put, on_chats::remove))
}
