//! `bots`: what other programs ask about a session they call a bot. On the main listener.
//!
//! A valid credential of the wrong owner is told so here (403), as the document asks: see [`Bot`].

mod bot;
mod shape;
#[cfg(test)]
mod tests;

use axum::{Router, routing::any};

pub use self::bot::Bot;
use crate::http::{Api, surface, unknown_path};
use shape::Shape;

/// Everything that this document has below `/api/bots` and `/api/system`.
pub fn router(api: Api) -> Router {
    let routes = Router::new()
        .route("/api/bots", any(unknown_path))
        .route("/api/bots/", any(unknown_path))
        .route("/api/bots/{*rest}", any(unknown_path))
        .route("/api/system", any(unknown_path))
        .route("/api/system/{*rest}", any(unknown_path));
    surface::<Shape>(routes, api)
}
