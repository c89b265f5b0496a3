//! What can be asked of a webhook.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Deserialize;
use switchboard_core::{Error, Replay};
use utoipa::ToSchema;

use super::wire::{Replayed, SecretWebhook, Trial, Webhook};
use crate::{
    http::{Api, Failure, JsonBody, Signed, WebhookPath},
    native::problem::Problem,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotate {
    /// How long the old secret signs beside the new one. A day by default; 0 ends it at once.
    overlap_seconds: Option<u64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayOrder {
    /// Everything that was given up.
    #[serde(default)]
    dead: bool,
    /// The first position of a range, with `to`.
    #[schema(example = "1042")]
    from: Option<String>,
    to: Option<String>,
}

/// Pause a webhook. Deliveries gather until it is resumed.
#[utoipa::path(post, operation_id = "pause_webhook", path = "/v1/webhooks/{webhook}/pause", tag = "webhooks", params(("webhook" = String, Path)), responses(
    (status = 200, body = Webhook),
    (status = 404, body = Problem),
))]
pub(super) async fn pause(
    State(api): State<Api>,
    Signed(caller): Signed,
    WebhookPath(id): WebhookPath,
) -> Result<Json<Webhook>, Failure> {
    Ok(Json(api.core.pause_webhook(&caller, &id).await?.into()))
}

/// Resume a webhook that was paused, or disabled because its receiver answered 410.
#[utoipa::path(post, operation_id = "resume_webhook", path = "/v1/webhooks/{webhook}/resume", tag = "webhooks", params(("webhook" = String, Path)), responses(
    (status = 200, body = Webhook),
    (status = 404, body = Problem),
))]
pub(super) async fn resume(
    State(api): State<Api>,
    Signed(caller): Signed,
    WebhookPath(id): WebhookPath,
) -> Result<Json<Webhook>, Failure> {
    Ok(Json(api.core.resume_webhook(&caller, &id).await?.into()))
}

/// Make a new secret. The old one signs too for a while, so that the receiver can change over without a failure.
#[utoipa::path(post, operation_id = "rotate_webhook_secret", path = "/v1/webhooks/{webhook}/rotate-secret", tag = "webhooks", params(("webhook" = String, Path)), request_body = Rotate, responses(
    (status = 200, description = "The secret is shown this once", body = SecretWebhook),
    (status = 404, body = Problem),
))]
pub(super) async fn rotate(
    State(api): State<Api>,
    Signed(caller): Signed,
    WebhookPath(id): WebhookPath,
    JsonBody(body): JsonBody<Rotate>,
) -> Result<Json<SecretWebhook>, Failure> {
    let overlap = body.overlap_seconds.map(Duration::from_secs);
    Ok(Json(api.core.rotate_webhook_secret(&caller, &id, overlap).await?.into()))
}

/// Send an event of type `webhook.test` at once, and say what the receiver answered.
#[utoipa::path(post, operation_id = "test_webhook", path = "/v1/webhooks/{webhook}/test", tag = "webhooks", params(("webhook" = String, Path)), responses(
    (status = 200, description = "Also when the receiver failed", body = Trial),
    (status = 404, body = Problem),
))]
pub(super) async fn test(
    State(api): State<Api>,
    Signed(caller): Signed,
    WebhookPath(id): WebhookPath,
) -> Result<Json<Trial>, Failure> {
    Ok(Json(api.core.test_webhook(&caller, &id).await?.into()))
}

/// Deliver once more what was given up, or everything settled in a range of positions.
#[utoipa::path(post, operation_id = "replay_webhook", path = "/v1/webhooks/{webhook}/replay", tag = "webhooks", params(("webhook" = String, Path)), request_body = ReplayOrder, responses(
    (status = 200, body = Replayed),
    (status = 400, body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn replay(
    State(api): State<Api>,
    Signed(caller): Signed,
    WebhookPath(id): WebhookPath,
    JsonBody(body): JsonBody<ReplayOrder>,
) -> Result<Json<Replayed>, Failure> {
    let replayed = api.core.replay_deliveries(&caller, &id, body.try_into()?).await?;
    Ok(Json(Replayed { replayed }))
}

impl TryFrom<ReplayOrder> for Replay {
    type Error = Error;

    fn try_from(order: ReplayOrder) -> Result<Self, Error> {
        match (order.dead, order.from, order.to) {
            (true, None, None) => Ok(Self::Dead),
            (false, Some(from), Some(to)) => Ok(Self::Range(position("from", &from)?, position("to", &to)?)),
            _ => Err(Error::invalid("body", "give either `dead: true`, or `from` and `to`")),
        }
    }
}

fn position(field: &str, text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::invalid(field, "is no position"))
}
