//! `/api/bots/{id}/blocked-contacts`.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use switchboard_core::BlockContact;
use switchboard_model::{AddressError, BlockType, BlockedContact, Jid, Lid, Phone, Timestamp};
use utoipa::{IntoParams, ToSchema};

use super::Bot;
use crate::http::{Api, ContactPath, Failure, JsonBody, QueryOf, cursor};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// 50 by default, 200 at most.
    limit: Option<u64>,
    cursor: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct BlockOrder {
    /// A phone number or JID.
    #[schema(example = "6281381393739")]
    contact: String,
    /// A contact that is blocked already keeps its reason, unless another is given.
    #[schema(example = "spam")]
    reason: Option<String>,
    /// `temporary` or `permanent`; as the bot's settings say, unless given.
    #[schema(value_type = Option<String>, example = "temporary")]
    block_type: Option<BlockType>,
    #[schema(example = 24)]
    duration_hours: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct BlockedContacts {
    blocked_contacts: Vec<Blocked>,
    /// Where the next page begins: pass it as `cursor`.
    next_cursor: Option<String>,
}

/// A contact that may not call.
#[derive(Serialize, ToSchema)]
pub(super) struct Blocked {
    id: String,
    #[schema(value_type = String, example = "6281381393739@s.whatsapp.net")]
    contact: Jid,
    #[schema(value_type = Option<String>)]
    pn: Option<Phone>,
    #[schema(value_type = Option<String>)]
    lid: Option<Lid>,
    reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    blocked_at: Timestamp,
    /// Null: until it is taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Unblocked {
    success: bool,
}

/// List the contacts that may not call, newest first.
#[utoipa::path(get, operation_id = "list_blocked_contacts", path = "/api/bots/{id}/blocked-contacts", tag = "bots",
    params(("id" = String, Path), Page), responses((status = 200, body = BlockedContacts)))]
pub(super) async fn list(
    State(api): State<Api>,
    bot: Bot,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<BlockedContacts>, Failure> {
    let before = page.cursor.as_deref().map(cursor::read).transpose()?;
    let found = api.core.blocked_contacts(&bot.caller, &bot.id, before, page.limit).await?;
    let next_cursor = found.next.map(|(at, id)| cursor::write(at, &id));
    let blocked_contacts = found.contacts.into_iter().map(Blocked::from).collect();
    Ok(Json(BlockedContacts { blocked_contacts, next_cursor }))
}

/// Block a contact, or change its block.
#[utoipa::path(post, operation_id = "block_contact", path = "/api/bots/{id}/blocked-contacts", tag = "bots",
    params(("id" = String, Path)), request_body = BlockOrder, responses(
    (status = 201, body = Blocked),
    (status = 200, description = "It was blocked already; the block is as asked now", body = Blocked),
))]
pub(super) async fn block(
    State(api): State<Api>,
    bot: Bot,
    JsonBody(order): JsonBody<BlockOrder>,
) -> Result<(StatusCode, Json<Blocked>), Failure> {
    let (block, created) = api.core.block_contact(&bot.caller, &bot.id, order.try_into()?).await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(block.into())))
}

/// Let a contact call again, named by the block's id or any spelling of its address.
#[utoipa::path(delete, operation_id = "unblock_contact", path = "/api/bots/{id}/blocked-contacts/{contact}",
    tag = "bots", params(("id" = String, Path), ("contact" = String, Path)), responses((status = 200, body = Unblocked)))]
pub(super) async fn unblock(
    State(api): State<Api>,
    bot: Bot,
    ContactPath(contact): ContactPath,
) -> Result<Json<Unblocked>, Failure> {
    api.core.unblock_contact(&bot.caller, &bot.id, &contact).await?;
    Ok(Json(Unblocked { success: true }))
}

impl TryFrom<BlockOrder> for BlockContact {
    type Error = Failure;

    fn try_from(order: BlockOrder) -> Result<Self, Failure> {
        let BlockOrder { contact, reason, block_type, duration_hours } = order;
        let contact = contact.parse().map_err(|e: AddressError| Failure::invalid("contact", e.to_string()))?;
        Ok(Self { contact, reason, block_type, duration_hours })
    }
}

impl From<BlockedContact> for Blocked {
    fn from(block: BlockedContact) -> Self {
        let BlockedContact { id, contact, reason, blocked_at, expires_at } = block;
        Self { id, contact: contact.jid, pn: contact.pn, lid: contact.lid, reason, blocked_at, expires_at }
    }
}
