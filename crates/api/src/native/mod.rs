//! `/v1`: the native API. One endpoint group a folder; wire types, handlers and tests stand together.
#![expect(unused_qualifications, reason = "the code that `utoipa::path` generates qualifies parameter types")]

mod calls;
mod chats;
mod contacts;
mod docs;
mod events;
mod groups;
mod keys;
mod labels;
mod login;
mod messages;
mod newsletters;
mod personal_data;
pub(crate) mod problem;
mod profile;
mod sessions;
#[cfg(test)]
mod tests;
mod users;
mod webhooks;
mod wire;

use axum::{Router, routing::any};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::http::{Api, describe_refusals, surface, unknown_path};

pub(crate) use events::shown as event_json;
pub use problem::ProblemJson;

/// `/v1` and `/docs`, for the main listener.
pub fn router(api: Api) -> Router {
    let (routes, document) = described();
    let routes = routes
        .merge(docs::router(&document))
        .route("/v1", any(unknown_path))
        .route("/v1/", any(unknown_path))
        .route("/v1/{*rest}", any(unknown_path));
    surface::<ProblemJson>(routes, api)
}

/// The description of `/v1` (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> OpenApi {
    described().1
}

fn described() -> (Router<Api>, OpenApi) {
    let (routes, mut document) = documented().split_for_parts();
    describe_refusals(&mut document, "Problem", "application/problem+json");
    (routes, document)
}

fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(docs::description())
        .merge(login::routes())
        .merge(sessions::routes())
        .merge(messages::routes())
        .merge(events::routes())
        .merge(keys::routes())
        .merge(users::routes())
        .merge(webhooks::routes())
        .merge(groups::routes())
        .merge(newsletters::routes())
        .merge(calls::routes())
        .merge(chats::routes())
        .merge(labels::routes())
        .merge(personal_data::routes())
        .merge(contacts::routes())
        .merge(profile::routes())
}
