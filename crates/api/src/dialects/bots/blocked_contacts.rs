//! `/api/bots/{id}/blocked-contacts`.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use switchboard_core::BlockContact;
use switchboard_model::{AddressError, BlockType, BlockedContact, Jid, Lid, Phone, Timestamp};

use super::Bot;
use crate::http::{Api, ContactPath, Failure, JsonBody, QueryOf, cursor};

#[derive(Deserialize)]
pub(super) struct Page {
    limit: Option<u64>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Order {
    contact: String,
    reason: Option<String>,
    block_type: Option<BlockType>,
    duration_hours: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct Blocked {
    id: String,
    contact: Jid,
    pn: Option<Phone>,
    lid: Option<Lid>,
    reason: Option<String>,
    blocked_at: Timestamp,
    expires_at: Option<Timestamp>,
}

pub(super) async fn list(
    State(api): State<Api>,
    bot: Bot,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<Value>, Failure> {
    let before = page.cursor.as_deref().map(cursor::read).transpose()?;
    let found = api.core.blocked_contacts(&bot.caller, &bot.id, before, page.limit).await?;
    let next = found.next.map(|(at, id)| cursor::write(at, &id));
    let contacts: Vec<Blocked> = found.contacts.into_iter().map(Blocked::from).collect();
    Ok(Json(json!({ "blocked_contacts": contacts, "next_cursor": next })))
}

/// The same contact again changes its block.
pub(super) async fn block(
    State(api): State<Api>,
    bot: Bot,
    JsonBody(order): JsonBody<Order>,
) -> Result<(StatusCode, Json<Blocked>), Failure> {
    let (block, created) = api.core.block_contact(&bot.caller, &bot.id, order.try_into()?).await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(block.into())))
}

pub(super) async fn unblock(
    State(api): State<Api>,
    bot: Bot,
    ContactPath(contact): ContactPath,
) -> Result<Json<Value>, Failure> {
    api.core.unblock_contact(&bot.caller, &bot.id, &contact).await?;
    Ok(Json(json!({ "success": true })))
}

impl TryFrom<Order> for BlockContact {
    type Error = Failure;

    fn try_from(order: Order) -> Result<Self, Failure> {
        let Order { contact, reason, block_type, duration_hours } = order;
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
