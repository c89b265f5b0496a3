//! Problem details (RFC 9457): how `/v1` words what went wrong.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::http::{ErrorShape, Failure};

/// What went wrong. `code` is for programs and stays the same; `detail` is for people.
#[derive(Serialize, ToSchema)]
pub(super) struct Problem {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    #[schema(example = "Bad Request")]
    title: &'static str,
    #[schema(example = 400)]
    status: u16,
    #[schema(example = "invalid")]
    code: &'static str,
    #[schema(example = "to: a phone number has 7 to 15 digits, country code first")]
    detail: String,
    /// The parameter or field of the request that does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "to")]
    field: Option<String>,
}

/// What a request is answered with besides, if only a connected session can do what it asks for.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it stands in descriptions alone")]
pub(super) enum NeedsConnection {
    #[response(status = 404)]
    Unknown(Problem),
    /// The session is not connected
    #[response(status = 409)]
    Away(Problem),
}

/// The shape of `/v1`.
pub struct ProblemJson;

impl ErrorShape for ProblemJson {
    fn render(failure: &Failure) -> Response {
        render(failure)
    }
}

pub(crate) fn render(failure: &Failure) -> Response {
    let problem = Problem::from(failure);
    let mut response = Response::new(Body::from(serde_json::to_vec(&problem).unwrap_or_default()));
    *response.status_mut() = failure.status();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        let status = failure.status();
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: failure.code(),
            detail: failure.message(),
            field: failure.field().map(str::to_owned),
        }
    }
}
