//! Query parameters, with the same care as bodies.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use super::{Api, Failure, words};

pub struct QueryOf<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Api> for QueryOf<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let read = Query::<T>::from_request_parts(parts, api).await;
        read.map(|Query(value)| Self(value)).map_err(|rejection| misfit("query", &rejection.body_text()))
    }
}

/// The framework's sentence is `Failed to deserialize <whole>: <parameter>: <reason>`.
pub fn misfit(whole: &str, text: &str) -> Failure {
    let rest = text.strip_prefix("Failed to deserialize ").and_then(|rest| rest.split_once(": "));
    // What was sent comes back in it, and may be of any length.
    let reason: String = rest.map_or(text, |(_, rest)| rest).chars().take(200).collect();
    match reason.split_once(": ") {
        Some((parameter, reason)) if !parameter.contains(' ') => Failure::invalid(parameter, words::plain(reason)),
        _ => match reason.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(parameter) => Failure::invalid(parameter, "is missing"),
            None => Failure::invalid(whole, reason),
        },
    }
}

/// Reads one parameter without an extractor, for credentials in the address of a WebSocket.
pub(crate) fn parameter(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query()?;
    url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
