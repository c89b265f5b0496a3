//! Being there, and typing.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use switchboard_core::{Error, engine::Typing as CoreTyping};
use switchboard_model::{AddressError, Jid};
use utoipa::ToSchema;

use crate::{
    http::{Api, Failure, JsonBody, SessionPath, Signed},
    native::problem::{NeedsConnection, Problem},
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnPresence {
    /// Shown as online while true. While others see the account online, its phone shows no notifications.
    available: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WatchedPerson {
    /// A phone number or JID.
    person: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TypingState {
    /// The person or group that sees it.
    chat: String,
    state: Typing,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Typing {
    Composing,
    Recording,
    Paused,
}

/// Be shown as online, or not.
#[utoipa::path(put, operation_id = "set_presence", path = "/v1/sessions/{id}/presence", tag = "contacts",
    params(("id" = String, Path)), request_body = OwnPresence, responses(
    (status = 204, description = "Told to the network"),
    NeedsConnection,
))]
pub(super) async fn set(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<OwnPresence>,
) -> Result<StatusCode, Failure> {
    api.core.set_presence(&caller, &session, body.available).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hear when a person comes and goes: `presence.updated` among the events, until the connection ends.
#[utoipa::path(post, operation_id = "subscribe_presence", path = "/v1/sessions/{id}/presence/subscriptions", tag = "contacts",
    params(("id" = String, Path)), request_body = WatchedPerson, responses(
    (status = 204, description = "Told to the network"),
    (status = 400, body = Problem),
    NeedsConnection,
))]
pub(super) async fn subscribe(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<WatchedPerson>,
) -> Result<StatusCode, Failure> {
    api.core.subscribe_presence(&caller, &session, &jid("person", &body.person)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Show that this account types or records, or does so no more.
#[utoipa::path(put, operation_id = "set_typing", path = "/v1/sessions/{id}/typing", tag = "contacts",
    params(("id" = String, Path)), request_body = TypingState, responses(
    (status = 204, description = "Told to the network"),
    (status = 400, body = Problem),
    NeedsConnection,
))]
pub(super) async fn typing(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<TypingState>,
) -> Result<StatusCode, Failure> {
    let state = match body.state {
        Typing::Composing => CoreTyping::Composing,
        Typing::Recording => CoreTyping::Recording,
        Typing::Paused => CoreTyping::Paused,
    };
    api.core.set_typing(&caller, &session, &jid("chat", &body.chat)?, state).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn jid(field: &str, text: &str) -> Result<Jid, Error> {
    text.parse().map_err(|error: AddressError| Error::invalid(field, error.to_string()))
}
