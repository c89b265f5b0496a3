//! `GET /health`, open to all.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::{Extension, Json, extract::State, http::StatusCode};
use serde::Serialize;
use switchboard_model::Timestamp;
use utoipa::ToSchema;

use super::Clients;
use crate::http::{Api, Failure};

/// How the gateway is; handed in, because only the program knows all its parts.
#[derive(Clone)]
pub struct HealthProbe(Arc<dyn Fn() -> Answer + Send + Sync>);

type Answer = Pin<Box<dyn Future<Output = Wellness> + Send>>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wellness {
    /// The gateway cannot do its work.
    pub down: bool,
    /// The parts that are not as they should be.
    pub wanting: Vec<&'static str>,
}

impl HealthProbe {
    pub fn new<A: Future<Output = Wellness> + Send + 'static>(ask: impl Fn() -> A + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || Box::pin(ask())))
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    /// `healthy`, `degraded` or `unhealthy`.
    #[schema(example = "healthy")]
    status: &'static str,
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// `null` while they cannot be counted.
    #[schema(example = 1)]
    sessions: Option<i64>,
    #[schema(example = 2)]
    websocket_clients: usize,
    /// The parts that are not as they should be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    degraded: Vec<&'static str>,
}

/// Show how the service is.
#[utoipa::path(get, operation_id = "health", path = "/health", tag = "microservice", security(()), responses(
    (status = 200, body = Health),
    (status = 503, description = "The gateway cannot do its work", body = Health),
))]
pub(super) async fn health(
    State(api): State<Api>,
    Extension(clients): Extension<Clients>,
    Extension(probe): Extension<HealthProbe>,
) -> Result<(StatusCode, Json<Health>), Failure> {
    let Wellness { down, wanting } = (probe.0)().await;
    let (code, status) = match (down, wanting.is_empty()) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
        (false, false) => (StatusCode::OK, "degraded"),
        (false, true) => (StatusCode::OK, "healthy"),
    };
    let sessions = match api.core.count_sessions().await {
        Ok(sessions) => Some(sessions),
        // It is known already that something is down; what can be told is told.
        Err(_) if down => None,
        Err(error) => return Err(error.into()),
    };
    let (timestamp, websocket_clients) = (api.core.time(), clients.count());
    Ok((code, Json(Health { status, timestamp, sessions, websocket_clients, degraded: wanting })))
}
