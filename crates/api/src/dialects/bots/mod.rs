//! `bots`: what other programs ask about a session they call a bot. On the main listener.
//!
//! A valid credential of the wrong owner is told so here (403), as the document asks: see [`Bot`].

mod blocked_contacts;
mod bot;
mod call_blocking;
#[cfg(test)]
mod call_tests;
mod calls;
mod cron;
mod session;
#[cfg(test)]
mod session_tests;
mod shape;
#[cfg(test)]
mod tests;

use axum::{Router, extract::DefaultBodyLimit, routing::any};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::bot::Bot;
use crate::http::{Api, LARGEST_STATE, surface, unknown_path};
use shape::Shape;

pub(super) use shape::BotsError;

/// Everything that this document has below `/api/bots` and `/api/system`.
pub fn router(api: Api) -> Router {
    let routes = Router::from(documented())
        .route("/api/bots", any(unknown_path))
        .route("/api/bots/", any(unknown_path))
        // What a bot does not have; a wildcard at the bot's own place would leave no room for what it has.
        .route("/api/bots/{id}", any(unknown_path))
        .route("/api/bots/{id}/", any(unknown_path))
        .route("/api/bots/{id}/{*rest}", any(unknown_path))
        .route("/api/system", any(unknown_path))
        .route("/api/system/{*rest}", any(unknown_path));
    surface::<Shape>(routes, api)
}

pub(super) fn openapi() -> OpenApi {
    documented().into_openapi()
}

fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(session_routes())
        .routes(routes!(call_blocking::show, call_blocking::change))
        .routes(routes!(blocked_contacts::list, blocked_contacts::block))
        .routes(routes!(blocked_contacts::unblock))
        .routes(routes!(calls::list))
        .routes(routes!(cron::cleanup_blocks))
}

/// A session's state is larger than other bodies.
fn session_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(session::hand_over, session::issue_token, session::give_back, session::take_back))
        .layer(DefaultBodyLimit::max(LARGEST_STATE))
}
