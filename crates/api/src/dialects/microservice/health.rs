//! `GET /health`, open to all.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

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

pub(super) async fn health(
    State(api): State<Api>,
    Extension(clients): Extension<Clients>,
    Extension(probe): Extension<HealthProbe>,
) -> Result<Response, Failure> {
    let Wellness { down, wanting } = (probe.0)().await;
    let (code, status) = match (down, wanting.is_empty()) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
        (false, false) => (StatusCode::OK, "degraded"),
        (false, true) => (StatusCode::OK, "healthy"),
    };
    let mut body = json!({
        "status": status,
        "timestamp": api.core.time(),
        "websocketClients": clients.count(),
    });
    match api.core.count_sessions().await {
        Ok(sessions) => body["sessions"] = sessions.into(),
        // It is known already that something is down; what can be told is told.
        Err(_) if down => body["sessions"] = serde_json::Value::Null,
        Err(error) => return Err(error.into()),
    }
    if !wanting.is_empty() {
        body["degraded"] = json!(wanting);
    }
    Ok((code, Json(body)).into_response())
}
