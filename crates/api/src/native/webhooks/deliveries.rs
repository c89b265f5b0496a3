//! The log of deliveries.

use axum::{Json, extract::State};
use serde::Deserialize;
use switchboard_core::{DeliveryQuery, Error, Replay, paging};
use utoipa::IntoParams;

use super::wire::{Delivery, DeliveryPage, Replayed, session, state};
use crate::{
    http::{Api, DeliveryPath, Failure, QueryOf, Signed, plain_id},
    native::problem::Problem,
};

const PAGE: u64 = 100;
const LARGEST_PAGE: u64 = 500;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Of this webhook only.
    webhook: Option<String>,
    session: Option<String>,
    /// `pending`, `delivered`, `dead` or `skipped`.
    state: Option<String>,
    cursor: Option<String>,
    /// 500 at most, 100 by default.
    limit: Option<u64>,
}

/// List deliveries, newest first: what waits, what was given up, and how the newest attempt at each went.
#[utoipa::path(get, operation_id = "list_deliveries", path = "/v1/deliveries", tag = "webhooks", params(Page), responses(
    (status = 200, body = DeliveryPage),
    (status = 400, body = Problem),
    (status = 404, description = "There is no such webhook, or it is another user's", body = Problem),
))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<DeliveryPage>, Failure> {
    let limit = page.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let query = DeliveryQuery {
        webhook: page.webhook.as_deref().map(|id| plain_id("webhook", id)).transpose()?,
        session: page.session.as_deref().map(session).transpose()?,
        state: page.state.as_deref().map(state).transpose()?,
        before: page.cursor.as_deref().map(cursor).transpose()?,
        limit: Some(limit),
    };
    let found = api.core.deliveries(&caller, query).await?;
    let next_cursor = paging::last_if_full(&found, limit).map(|last| format!("{}.{}", last.position, last.webhook));
    Ok(Json(DeliveryPage { deliveries: found.into_iter().map(Delivery::from).collect(), next_cursor }))
}

/// Deliver one event once more.
#[utoipa::path(post, operation_id = "replay_delivery", path = "/v1/webhooks/{webhook}/deliveries/{position}/replay", tag = "webhooks", params(("webhook" = String, Path), ("position" = String, Path)), responses(
    (status = 200, body = Replayed),
    (status = 404, body = Problem),
    (status = 409, description = "It is on its way already", body = Problem),
))]
pub(super) async fn replay(
    State(api): State<Api>,
    Signed(caller): Signed,
    DeliveryPath(webhook, position): DeliveryPath,
) -> Result<Json<Replayed>, Failure> {
    let replayed = api.core.replay_deliveries(&caller, &webhook, Replay::One(position)).await?;
    Ok(Json(Replayed { replayed }))
}

/// Deliveries of one event to several webhooks share its position, so both make the cursor.
fn cursor(text: &str) -> Result<(i64, String), Error> {
    let read = || {
        let (position, webhook) = text.split_once('.')?;
        let plain = webhook.len() <= 64 && webhook.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain.then_some((position.parse().ok()?, webhook.to_owned()))
    };
    read().ok_or_else(|| Error::invalid("cursor", "is not a cursor of this list"))
}
