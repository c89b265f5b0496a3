//! What people show of themselves, what the account shows and to whom, and whom it has blocked.

mod blocks;
mod own;
mod people;
mod pictures;
mod privacy;
mod wire;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Api;

/// A picture as a camera makes them.
const LARGEST_PICTURE: usize = 10 << 20;

pub(super) fn routes() -> OpenApiRouter<Api> {
    let pictures = OpenApiRouter::new()
        .routes(routes!(pictures::set_own, pictures::remove_own))
        .routes(routes!(pictures::show_of_group, pictures::set_of_group, pictures::remove_of_group))
        .layer(DefaultBodyLimit::max(LARGEST_PICTURE));
    OpenApiRouter::new()
        .routes(routes!(own::show, own::change))
        .routes(routes!(people::show))
        .routes(routes!(privacy::show, privacy::change))
        .routes(routes!(blocks::list))
        .routes(routes!(blocks::block, blocks::unblock))
        .merge(pictures)
}
