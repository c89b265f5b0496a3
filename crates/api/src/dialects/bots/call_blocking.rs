//! `/api/bots/{id}/call-blocking`.

use axum::{Json, extract::State};
use serde::Deserialize;
use switchboard_core::CallBlockingChange;
use switchboard_model::{BlockType, CallBlocking};

use super::Bot;
use crate::http::{Api, Failure, JsonBody, given};

/// What is absent stays as it is; a reply of `null` is none.
#[derive(Deserialize)]
pub(super) struct Change {
    enabled: Option<bool>,
    daily_limit: Option<u32>,
    block_type: Option<BlockType>,
    block_duration_hours: Option<u32>,
    #[serde(default, deserialize_with = "given")]
    auto_reply_message: Option<Option<String>>,
    auto_reply_min_interval_seconds: Option<u32>,
    also_block_on_whatsapp: Option<bool>,
}

pub(super) async fn show(State(api): State<Api>, bot: Bot) -> Result<Json<CallBlocking>, Failure> {
    Ok(Json(api.core.call_blocking(&bot.caller, &bot.id).await?))
}

pub(super) async fn change(
    State(api): State<Api>,
    bot: Bot,
    JsonBody(change): JsonBody<Change>,
) -> Result<Json<CallBlocking>, Failure> {
    Ok(Json(api.core.change_call_blocking(&bot.caller, &bot.id, change.into()).await?))
}

impl From<Change> for CallBlockingChange {
    fn from(change: Change) -> Self {
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
