//! Groups: what the account is in, who else is, and what they may do.

mod change;
mod communities;
mod invite;
mod manage;
mod members;
mod wire;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(manage::list, manage::create))
        .routes(routes!(manage::show, change::change))
        .routes(routes!(manage::leave))
        .routes(routes!(members::change))
        .routes(routes!(members::requests, members::decide))
        .routes(routes!(invite::show, invite::renew))
        .routes(routes!(invite::preview))
        .routes(routes!(invite::join))
        .merge(communities::routes())
}
