//! Newsletters, which apps call channels: what the account runs, follows and reads.

mod follow;
mod manage;
mod posts;
mod wire;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(manage::list, manage::create))
        .routes(routes!(manage::show, manage::change))
        .routes(routes!(manage::preview))
        .routes(routes!(follow::follow))
        .routes(routes!(follow::unfollow))
        .routes(routes!(posts::list))
}
