//! Contacts that may not call.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use switchboard_core::{BlockContact as CoreBlockContact, Error};
use switchboard_model::AddressError;
use utoipa::{IntoParams, ToSchema};

use super::{
    blocking::block_type,
    wire::{BlockedContact, BlockedPage},
};
use crate::{
    http::{Api, ContactPath, Failure, JsonBody, QueryOf, SessionPath, Signed, cursor},
    native::problem::Problem,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    cursor: Option<String>,
    /// 50 by default, 200 at most.
    limit: Option<u64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BlockContact {
    /// A phone number or JID.
    #[schema(example = "6281381393739")]
    contact: String,
    /// A contact that is blocked already keeps its reason, unless another is given.
    reason: Option<String>,
    /// `temporary` or `permanent`; as the session's settings say, unless given.
    block_type: Option<String>,
    duration_hours: Option<u32>,
}

/// List the contacts that may not call, newest first.
#[utoipa::path(get, operation_id = "list_blocked_contacts", path = "/v1/sessions/{id}/blocked-contacts", tag = "calls", params(("id" = String, Path), Page),
    responses((status = 200, body = BlockedPage), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<BlockedPage>, Failure> {
    let before = page.cursor.as_deref().map(cursor::read).transpose()?;
    let found = api.core.blocked_contacts(&caller, &session, before, page.limit).await?;
    let next_cursor = found.next.map(|(at, id)| cursor::write(at, &id));
    Ok(Json(BlockedPage {
        blocked_contacts: found.contacts.into_iter().map(BlockedContact::from).collect(),
        next_cursor,
    }))
}

/// Block a contact, or change its block.
#[utoipa::path(post, operation_id = "block_contact", path = "/v1/sessions/{id}/blocked-contacts", tag = "calls", params(("id" = String, Path)),
    request_body = BlockContact, responses(
    (status = 201, body = BlockedContact),
    (status = 200, description = "It was blocked already; the block is as asked now", body = BlockedContact),
    (status = 400, body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn block(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(order): JsonBody<BlockContact>,
) -> Result<(StatusCode, Json<BlockedContact>), Failure> {
    let (block, created) = api.core.block_contact(&caller, &session, order.try_into()?).await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(block.into())))
}

/// Let a contact call again, named by the block's id or any spelling of its address.
#[utoipa::path(delete, operation_id = "unblock_contact", path = "/v1/sessions/{id}/blocked-contacts/{contact}", tag = "calls",
    params(("id" = String, Path), ("contact" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn unblock(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    ContactPath(contact): ContactPath,
) -> Result<StatusCode, Failure> {
    api.core.unblock_contact(&caller, &session, &contact).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl TryFrom<BlockContact> for CoreBlockContact {
    type Error = Error;

    fn try_from(order: BlockContact) -> Result<Self, Error> {
        let contact = order.contact.parse();
        Ok(Self {
            contact: contact.map_err(|error: AddressError| Error::invalid("contact", error.to_string()))?,
            reason: order.reason,
            block_type: order.block_type.as_deref().map(block_type).transpose()?,
            duration_hours: order.duration_hours,
        })
    }
}
