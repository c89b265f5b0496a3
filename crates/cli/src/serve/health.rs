//! `/health`: is the gateway alive, is it ready, and if not, why.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use switchboard_api::dialects::microservice;

/// How one part of the gateway is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    Ok,
    /// Something is missing, and the gateway goes on without it.
    Degraded(String),
    /// The gateway cannot do its work.
    Down(String),
}

type Answer = Pin<Box<dyn Future<Output = Condition> + Send>>;
type Probe = Arc<dyn Fn() -> Answer + Send + Sync>;

/// The parts to ask, each by name.
#[derive(Clone, Default)]
pub struct Health {
    probes: BTreeMap<&'static str, Probe>,
}

const PATIENCE: Duration = Duration::from_secs(2);

impl Health {
    /// Adds a part. The probe is asked at each request, so it must be quick.
    #[must_use]
    pub fn with<F, A>(mut self, part: &'static str, probe: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Condition> + Send + 'static,
    {
        self.probes.insert(part, Arc::new(move || Box::pin(probe())));
        self
    }

    /// `/health` and `/health/ready` say whether work can be done, `/health/live` whether the process answers at all.
    pub fn router(self) -> Router {
        Router::new()
            .route("/health", get(report))
            .route("/health/ready", get(report))
            .route("/health/live", get(|| async { Json(json!({ "live": true })) }))
            .with_state(self)
    }

    /// For surfaces with a word of their own: whether all is well, and the parts that are not.
    pub async fn summary(&self) -> microservice::Wellness {
        let found = self.ask().await;
        let down = found.values().any(|c| matches!(c, Condition::Down(_)));
        let wanting = found.into_iter().filter(|(_, c)| *c != Condition::Ok).map(|(part, _)| part).collect();
        microservice::Wellness { down, wanting }
    }

    /// What `/health` says, and whether work can be done.
    pub async fn report(&self) -> (bool, Value) {
        told(self).await
    }

    async fn ask(&self) -> BTreeMap<&'static str, Condition> {
        let asked =
            self.probes.iter().map(|(part, probe)| (*part, tokio::spawn(tokio::time::timeout(PATIENCE, probe()))));
        let mut found = BTreeMap::new();
        for (part, answer) in asked.collect::<Vec<_>>() {
            let late = || Condition::Down(format!("gave no answer within {} s", PATIENCE.as_secs()));
            found.insert(part, answer.await.ok().and_then(Result::ok).unwrap_or_else(late));
        }
        found
    }
}

async fn report(State(health): State<Health>) -> Response {
    let (ready, body) = health.report().await;
    let code = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(body)).into_response()
}

/// Whether work can be done, and the whole in words.
async fn told(health: &Health) -> (bool, Value) {
    let found = health.ask().await;
    let ready = !found.values().any(|c| matches!(c, Condition::Down(_)));
    let degraded = found.values().any(|c| *c != Condition::Ok);
    let status = if !ready {
        "unavailable"
    } else if degraded {
        "degraded"
    } else {
        "ok"
    };
    let checks: serde_json::Map<String, Value> = found.iter().map(|(part, c)| ((*part).to_owned(), shown(c))).collect();
    let body = json!({ "status": status, "live": true, "ready": ready, "checks": checks, "version": env!("CARGO_PKG_VERSION") });
    (ready, body)
}

fn shown(condition: &Condition) -> Value {
    match condition {
        Condition::Ok => json!({ "status": "ok" }),
        Condition::Degraded(reason) => json!({ "status": "degraded", "reason": reason }),
        Condition::Down(reason) => json!({ "status": "down", "reason": reason }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(health: Health) -> (StatusCode, Value) {
        let response = report(State(health)).await;
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn what_is_missing_degrades_and_what_is_needed_fails() {
        let health = Health::default().with("database", async || Condition::Ok);
        let (status, body) = answer(health.clone()).await;
        assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("ok")));

        let health = health.with("redis", async || Condition::Degraded("refused".into()));
        let (status, body) = answer(health.clone()).await;
        assert_eq!((status, &body["status"], &body["ready"]), (StatusCode::OK, &json!("degraded"), &json!(true)));

        let (status, body) = answer(health.with("database", async || Condition::Down("gone".into()))).await;
        assert_eq!((status, &body["ready"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(false)));
        assert_eq!(body["checks"]["database"]["reason"], "gone");
        assert_eq!(body["checks"]["redis"]["reason"], "refused");
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_does_not_answer_is_down() {
        let (status, body) = answer(Health::default().with("database", std::future::pending)).await;
        assert_eq!((status, &body["checks"]["database"]["status"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("down")));
    }
}
