//! Blocking a contact, by hand or from the call history, and taking it back. The page shows it by itself.

use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use switchboard_api::http::{Failure, SessionPath};
use switchboard_core::BlockContact;
use switchboard_model::AddressError;

use crate::{form::FormOf, visitor::Member};

#[derive(Deserialize)]
pub(super) struct Contact {
    contact: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn block(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    FormOf(given): FormOf<Contact>,
) -> Result<StatusCode, Failure> {
    let contact = given.contact.parse().map_err(|e: AddressError| Failure::invalid("contact", e.to_string()))?;
    let reason = Some(given.reason).filter(|reason| !reason.trim().is_empty());
    let order = BlockContact { contact, reason, block_type: None, duration_hours: None };
    visitor.core().block_contact(&visitor.caller, &id, order).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn unblock(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path((_, contact)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    visitor.core().unblock_contact(&visitor.caller, &id, &contact).await?;
    Ok(StatusCode::NO_CONTENT)
}
