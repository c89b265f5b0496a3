//! What a session does about calls.

use axum::response::Response;
use serde::Deserialize;
use switchboard_api::http::{Failure, SessionPath};
use switchboard_core::CallBlockingChange;
use switchboard_model::BlockType;

use crate::{form::FormOf, toast, visitor::Member};

/// A box that is not ticked is not sent.
#[derive(Deserialize)]
pub(super) struct Wanted {
    enabled: Option<String>,
    daily_limit: u32,
    block_type: String,
    block_duration_hours: u32,
    auto_reply_message: String,
    auto_reply_min_interval_seconds: u32,
    also_block_on_whatsapp: Option<String>,
}

pub(super) async fn submit(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    FormOf(wanted): FormOf<Wanted>,
) -> Result<Response, Failure> {
    let block_type = BlockType::parse(&wanted.block_type);
    let block_type = block_type.ok_or_else(|| Failure::invalid("block_type", "is temporary or permanent"))?;
    let reply = Some(wanted.auto_reply_message).filter(|reply| !reply.trim().is_empty());
    let change = CallBlockingChange {
        enabled: Some(wanted.enabled.is_some()),
        daily_limit: Some(wanted.daily_limit),
        block_type: Some(block_type),
        block_duration_hours: Some(wanted.block_duration_hours),
        auto_reply_message: Some(reply),
        auto_reply_min_interval_seconds: Some(wanted.auto_reply_min_interval_seconds),
        also_block_on_whatsapp: Some(wanted.also_block_on_whatsapp.is_some()),
    };
    visitor.core().change_call_blocking(&visitor.caller, &id, change).await?;
    toast::say(visitor.t.saved)
}
