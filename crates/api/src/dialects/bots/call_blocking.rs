//! `/api/bots/{id}/call-blocking`.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use switchboard_core::CallBlockingChange;
use switchboard_model::{BlockType, CallBlocking};
use utoipa::ToSchema;

use super::Bot;
use crate::http::{Api, Failure, JsonBody, given};

/// What a bot does about calls.
#[derive(Serialize, ToSchema)]
pub(super) struct CallSettings {
    /// Off: calls are logged only.
    enabled: bool,
    /// So many calls of one contact in 24 hours are let through; the next one is rejected, and blocks.
    #[schema(example = 3)]
    daily_limit: u32,
    /// `temporary` or `permanent`.
    #[schema(value_type = String, example = "temporary")]
    block_type: BlockType,
    #[schema(example = 24)]
    block_duration_hours: u32,
    /// Sent to those whose calls are rejected; null for none.
    auto_reply_message: Option<String>,
    /// One contact gets no second reply within this.
    auto_reply_min_interval_seconds: u32,
    /// Block on the network too: no messages either.
    also_block_on_whatsapp: bool,
}

/// What is absent stays as it is; a reply of `null` is none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallSettingsChange {
    #[schema(example = true)]
    enabled: Option<bool>,
    /// 1 to 1000.
    #[schema(example = 3)]
    daily_limit: Option<u32>,
    /// `temporary` or `permanent`.
    #[schema(value_type = Option<String>, example = "temporary")]
    block_type: Option<BlockType>,
    /// 1 to 8784.
    #[schema(example = 24)]
    block_duration_hours: Option<u32>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "Please write instead of calling.")]
    auto_reply_message: Option<Option<String>>,
    #[schema(example = 60)]
    auto_reply_min_interval_seconds: Option<u32>,
    #[schema(example = false)]
    also_block_on_whatsapp: Option<bool>,
}

/// Show what a bot does about calls.
#[utoipa::path(get, operation_id = "show_call_blocking", path = "/api/bots/{id}/call-blocking", tag = "bots",
    params(("id" = String, Path)), responses((status = 200, body = CallSettings)))]
pub(super) async fn show(State(api): State<Api>, bot: Bot) -> Result<Json<CallSettings>, Failure> {
    Ok(Json(api.core.call_blocking(&bot.caller, &bot.id).await?.into()))
}

/// Change what a bot does about calls.
#[utoipa::path(put, operation_id = "change_call_blocking", path = "/api/bots/{id}/call-blocking", tag = "bots",
    params(("id" = String, Path)), request_body = CallSettingsChange, responses((status = 200, body = CallSettings)))]
pub(super) async fn change(
    State(api): State<Api>,
    bot: Bot,
    JsonBody(change): JsonBody<CallSettingsChange>,
) -> Result<Json<CallSettings>, Failure> {
    Ok(Json(api.core.change_call_blocking(&bot.caller, &bot.id, change.into()).await?.into()))
}

impl From<CallSettingsChange> for CallBlockingChange {
    fn from(change: CallSettingsChange) -> Self {
        Self {
            enabled: change.enabled,
            daily_limit: change.daily_limit,
            block_type: change.block_type,
            block_duration_hours: change.block_duration_hours,
            auto_reply_message: change.auto_reply_message,
            auto_reply_min_interval_seconds: change.auto_reply_min_interval_seconds,
            also_block_on_whatsapp: change.also_block_on_whatsapp,
        }
    }
}

impl From<CallBlocking> for CallSettings {
    fn from(settings: CallBlocking) -> Self {
        Self {
            enabled: settings.enabled,
            daily_limit: settings.daily_limit,
            block_type: settings.block_type,
            block_duration_hours: settings.block_duration_hours,
            auto_reply_message: settings.auto_reply_message,
            auto_reply_min_interval_seconds: settings.auto_reply_min_interval_seconds,
            also_block_on_whatsapp: settings.also_block_on_whatsapp,
        }
    }
}
