//! The routes.

use std::sync::Arc;

use axum::{
    Extension, Router,
    http::{HeaderMap, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use switchboard_api::{
    Api,
    dialects::wa_api::Door,
    http::{Failure, surface},
};

use crate::{Hosts, assets, hosts, sessions, shape::Shape, sign_in};

/// Which listener the pages are served from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// Everybody signs in.
    Main,
    /// The documented flow works without signing in where the door allows it, and asks for the session's own key
    /// before it sends.
    WaApi(Door),
}

/// What the pages need besides the use cases.
#[derive(Clone, Debug)]
pub struct Dashboard {
    pub entrance: Entrance,
    pub hosts: Hosts,
}

impl Dashboard {
    pub fn router(self, api: Api) -> Router {
        let routes = Router::new()
            .route("/", get(sessions::list::page))
            .route("/sign-in", get(sign_in::page).post(sign_in::submit))
            .route("/sign-out", post(sign_in::out))
            .route("/assets/{name}", get(assets::serve))
            .merge(sessions::routes())
            .route_layer(middleware::from_fn(hosts::guard))
            .fallback(lost)
            .layer(Extension(Arc::new(self)));
        surface::<Shape>(routes, api)
    }
}

/// Whoever is no browser is told in the words of the API.
async fn lost(headers: HeaderMap) -> Response {
    let mut response = Failure::UnknownPath.into_response();
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accept.contains("text/html") {
        response.extensions_mut().remove::<Failure>();
    }
    response
}
