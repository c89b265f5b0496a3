//! `microservice`: connect, send and look over REST, and a WebSocket of events, each on a listener of its own.

mod events;
mod health;
mod messages;
mod sessions;
mod shape;
mod socket;
#[cfg(test)]
mod tests;
mod words;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Extension, Router,
    routing::{any, get, post},
};

use crate::http::{Api, surface, unknown_path};
use shape::Shape;

pub use health::{HealthProbe, Wellness};

/// How many WebSocket clients there are: both routers of a gateway share one.
#[derive(Clone, Default)]
pub struct Clients(Arc<AtomicUsize>);

/// The REST side.
pub fn router(api: Api, clients: Clients, health: HealthProbe) -> Router {
    let routes = Router::new()
        .route("/connect", post(sessions::connect))
        .route("/disconnect", post(sessions::disconnect))
        .route("/reconnect", post(sessions::reconnect))
        .route("/send-message", post(messages::send))
        .route("/session-status/{id}", get(sessions::status))
        .route("/sessions", get(sessions::list))
        .route("/health", get(health::health))
        .route("/", any(unknown_path))
        .route("/{*rest}", any(unknown_path))
        .layer(Extension(clients))
        .layer(Extension(health));
    surface::<Shape>(routes, api)
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
