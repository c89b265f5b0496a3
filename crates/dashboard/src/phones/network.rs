//! Asking the network's control API.

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode},
};
use serde_json::Value;
use switchboard_api::http::Failure;
use switchboard_core::Error;
use tower::ServiceExt;

use crate::visitor::Visitor;

const LARGEST: usize = 16 * 1024 * 1024;

pub(super) async fn get(visitor: &Visitor, path: &str) -> Result<Value, Failure> {
    ask(visitor, Method::GET, path, Body::empty()).await
}

pub(super) async fn post(visitor: &Visitor, path: &str, body: &Value) -> Result<Value, Failure> {
    ask(visitor, Method::POST, path, Body::from(body.to_string())).await
}

/// Digits only: whatever else is in a number has no place in a path.
pub(super) fn number(text: &str) -> Result<String, Failure> {
    let digits: String = text.chars().filter(|c| !matches!(c, '+' | ' ' | '-')).collect();
    let fine = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fine { Ok(digits) } else { Err(Failure::invalid("phone number", "has digits only")) }
}

async fn ask(visitor: &Visitor, method: Method, path: &str, body: Body) -> Result<Value, Failure> {
    let network = visitor.dashboard.options.sandbox.clone().ok_or(Failure::UnknownPath)?;
    let request = Request::builder().method(method).uri(path).body(body).map_err(Error::internal)?;
    let answer = network.oneshot(request).await.map_err(Error::internal)?;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), LARGEST).await.map_err(Error::internal)?;
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if status.is_success() { Ok(value) } else { Err(refused(status, &value)) }
}

fn refused(status: StatusCode, answer: &Value) -> Failure {
    let said = answer["error"].as_str().unwrap_or("the network refused").to_owned();
    match status {
        StatusCode::NOT_FOUND | StatusCode::CONFLICT => Failure::Refused(Error::Conflict(said)),
        _ => Failure::invalid("network", said),
    }
}
