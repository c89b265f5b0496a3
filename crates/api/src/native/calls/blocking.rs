//! What a session does about calls.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use switchboard_core::{CallBlockingChange, Error};
use switchboard_model::{BlockType, CallBlocking as ModelCallBlocking};
use utoipa::ToSchema;

use crate::{
    http::{Api, Failure, JsonBody, SessionPath, Signed, given},
    native::problem::Problem,
};

#[derive(Serialize, ToSchema)]
pub(super) struct CallBlocking {
    /// Off: calls are logged only.
    enabled: bool,
    /// So many calls of one contact in 24 hours are let through; the next one is rejected, and blocks.
    #[schema(example = 3)]
    daily_limit: u32,
    /// `temporary` or `permanent`.
    #[schema(example = "temporary")]
    block_type: &'static str,
    #[schema(example = 24)]
    block_duration_hours: u32,
    /// Sent to those whose calls are rejected; null for none.
    auto_reply_message: Option<String>,
    /// One contact gets no second reply within this.
    auto_reply_min_interval_seconds: u32,
    /// Block on the network too: no messages either.
    also_block_on_whatsapp: bool,
}

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeCallBlocking {
    enabled: Option<bool>,
    /// 1 to 1000.
    daily_limit: Option<u32>,
    /// `temporary` or `permanent`.
    block_type: Option<String>,
    /// 1 to 8784.
    block_duration_hours: Option<u32>,
    /// Null or empty: no reply.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    auto_reply_message: Option<Option<String>>,
    auto_reply_min_interval_seconds: Option<u32>,
    also_block_on_whatsapp: Option<bool>,
}

/// What a session does about calls.
#[utoipa::path(get, operation_id = "show_call_blocking", path = "/v1/sessions/{id}/call-blocking", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = CallBlocking), (status = 404, body = Problem)))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
) -> Result<Json<CallBlocking>, Failure> {
    Ok(Json(api.core.call_blocking(&caller, &session).await?.into()))
}

/// Change what a session does about calls.
#[utoipa::path(patch, operation_id = "change_call_blocking", path = "/v1/sessions/{id}/call-blocking", tag = "calls", params(("id" = String, Path)),
    request_body = ChangeCallBlocking,
    responses((status = 200, body = CallBlocking), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(change): JsonBody<ChangeCallBlocking>,
) -> Result<Json<CallBlocking>, Failure> {
    Ok(Json(api.core.change_call_blocking(&caller, &session, change.try_into()?).await?.into()))
}

/// Shared by whoever takes a kind of block.
pub(super) fn block_type(word: &str) -> Result<BlockType, Error> {
    BlockType::parse(word).ok_or_else(|| Error::invalid("block_type", "is temporary or permanent"))
}

impl TryFrom<ChangeCallBlocking> for CallBlockingChange {
    type Error = Error;

    fn try_from(change: ChangeCallBlocking) -> Result<Self, Error> {
        Ok(Self {
            enabled: change.enabled,
            daily_limit: change.daily_limit,
            block_type: change.block_type.as_deref().map(block_type).transpose()?,
            block_duration_hours: change.block_duration_hours,
            auto_reply_message: change.auto_reply_message,
            auto_reply_min_interval_seconds: change.auto_reply_min_interval_seconds,
            also_block_on_whatsapp: change.also_block_on_whatsapp,
        })
    }
}

impl From<ModelCallBlocking> for CallBlocking {
    fn from(settings: ModelCallBlocking) -> Self {
        Self {
            enabled: settings.enabled,
            daily_limit: settings.daily_limit,
            block_type: settings.block_type.as_str(),
            block_duration_hours: settings.block_duration_hours,
            auto_reply_message: settings.auto_reply_message,
            auto_reply_min_interval_seconds: settings.auto_reply_min_interval_seconds,
            also_block_on_whatsapp: settings.also_block_on_whatsapp,
        }
    }
}
