//! `GET /health`, open to all.

use axum::{Extension, Json, extract::State};
use serde_json::{Value, json};

use super::Clients;
use crate::http::{Api, Failure};

pub(super) async fn health(
    State(api): State<Api>,
    Extension(clients): Extension<Clients>,
) -> Result<Json<Value>, Failure> {
    let sessions = api.core.count_sessions().await?;
    Ok(Json(json!({
        "status": "healthy",
        "timestamp": api.core.time(),
        "sessions": sessions,
        "websocketClients": clients.count(),
    })))
}
