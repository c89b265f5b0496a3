//! The routes, and what they share.

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

use crate::{
    Hosts, Setting, Vitals, assets, calls, chats, events, hosts, language, people, phones, sessions, shape::Shape,
    sign_in, system, system::History, webhooks,
};

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
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub hosts: Hosts,
    pub vitals: Vitals,
    pub settings: Vec<Setting>,
    /// The control API of a simulated network: with it there are pages of its phones.
    pub sandbox: Option<Router>,
}

/// The pages; cheap to clone, one for all listeners.
#[derive(Clone, Debug)]
pub struct Dashboard {
    pub(crate) options: Arc<Options>,
    pub(crate) history: Arc<History>,
    pub(crate) entrance: Entrance,
}

impl Dashboard {
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options: Arc::new(options), history: Arc::default(), entrance: Entrance::Main }
    }

    pub fn router(&self, entrance: Entrance, api: Api) -> Router {
        let routes = Router::new()
            .route("/", get(sessions::list::page))
            .route("/sign-in", get(sign_in::page).post(sign_in::submit))
            .route("/sign-out", post(sign_in::out))
            .route("/language", post(language::choose))
            .route("/assets/{name}", get(assets::serve))
            .merge(sessions::routes())
            .merge(chats::routes())
            .merge(calls::routes())
            .merge(events::routes())
            .merge(webhooks::routes())
            .merge(people::routes())
            .merge(system::routes())
            .merge(if self.options.sandbox.is_some() { phones::routes() } else { Router::new() })
            .route_layer(middleware::from_fn(hosts::guard))
            .fallback(lost)
            .layer(Extension(Arc::new(Self { entrance, ..self.clone() })));
        surface::<Shape>(routes, api).layer(middleware::from_fn(language::keep))
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
