//! `microservice`: connect, send and look over REST, and a WebSocket of events, each on a listener of its own.

mod events;
mod health;
mod messages;
mod sessions;
mod shape;
mod socket;
#[cfg(test)]
mod socket_tests;
#[cfg(test)]
mod tests;
mod words;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Extension, Router, routing::any};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::{Api, surface, unknown_path};
use shape::Shape;

pub use health::{HealthProbe, Wellness};
pub(super) use shape::MicroserviceError;

/// How many WebSocket clients there are: both routers of a gateway share one.
#[derive(Clone, Default)]
pub struct Clients(Arc<AtomicUsize>);

/// The REST side.
pub fn router(api: Api, clients: Clients, health: HealthProbe) -> Router {
    let routes = Router::from(documented())
        .route("/", any(unknown_path))
        .route("/{*rest}", any(unknown_path))
        .layer(Extension(clients))
        .layer(Extension(health));
    surface::<Shape>(routes, api)
}

pub(super) fn openapi() -> OpenApi {
    documented().into_openapi()
}

fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(sessions::connect))
        .routes(routes!(sessions::disconnect))
        .routes(routes!(sessions::reconnect))
        .routes(routes!(messages::send))
        .routes(routes!(sessions::status))
        .routes(routes!(sessions::list))
        .routes(routes!(health::health))
}

/// The WebSocket side: any path is the same socket.
pub fn socket_router(api: Api, clients: Clients) -> Router {
    let routes = Router::new()
        .route("/", any(socket::connect))
        .route("/{*rest}", any(socket::connect))
        .layer(Extension(clients));
    surface::<Shape>(routes, api)
}

/// Counts a client for as long as it is there.
struct Counted(Clients);

impl Clients {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn enter(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
