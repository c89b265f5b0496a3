//! Blocking a contact, by hand or from the call history, and taking it back.

use axum::{extract::Path, response::Response};
use serde::Deserialize;
use switchboard_api::http::{Failure, SessionPath};
use switchboard_core::BlockContact;
use switchboard_model::AddressError;

use crate::{answer, form::FormOf, visitor::Member};

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
) -> Result<Response, Failure> {
    let contact = given.contact.parse().map_err(|e: AddressError| Failure::invalid("contact", e.to_string()))?;
    let reason = Some(given.reason).filter(|reason| !reason.trim().is_empty());
    let order = BlockContact { contact, reason, block_type: None, duration_hours: None };
    visitor.core().block_contact(&visitor.caller, &id, order).await?;
    Ok(answer::lead(&visitor.headers, &format!("/sessions/{id}/calls")))
}

pub(super) async fn unblock(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path((_, contact)): Path<(String, String)>,
) -> Result<Response, Failure> {
    visitor.core().unblock_contact(&visitor.caller, &id, &contact).await?;
    Ok(answer::lead(&visitor.headers, &format!("/sessions/{id}/calls")))
}
