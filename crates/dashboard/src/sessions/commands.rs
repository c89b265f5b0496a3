//! What can be asked of a session. The page shows the new state by itself.

use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use switchboard_api::http::{Failure, SessionPath};
use switchboard_core::Pair;

use crate::{answer, form::FormOf, visitor::Visitor};

#[derive(Deserialize)]
pub(super) struct NewName {
    name: String,
}

pub(super) async fn connect(visitor: Visitor, SessionPath(id): SessionPath) -> Result<StatusCode, Failure> {
    visitor.core().connect(&visitor.caller, &id, Pair::Qr).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn disconnect(visitor: Visitor, SessionPath(id): SessionPath) -> Result<StatusCode, Failure> {
    visitor.core().disconnect(&visitor.caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// From another program that runs the session, without the state it has.
pub(super) async fn take_back(visitor: Visitor, SessionPath(id): SessionPath) -> Result<StatusCode, Failure> {
    visitor.core().take_back(&visitor.caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn log_out(visitor: Visitor, SessionPath(id): SessionPath) -> Result<StatusCode, Failure> {
    visitor.core().log_out(&visitor.caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn rename(
    visitor: Visitor,
    SessionPath(id): SessionPath,
    FormOf(new): FormOf<NewName>,
) -> Result<Response, Failure> {
    visitor.core().rename_session(&visitor.caller, &id, new.name).await?;
    Ok(answer::lead(&visitor.headers, &format!("/sessions/{id}")))
}

pub(super) async fn delete(visitor: Visitor, SessionPath(id): SessionPath) -> Result<Response, Failure> {
    visitor.core().delete_session(&visitor.caller, &id).await?;
    Ok(answer::lead(&visitor.headers, "/"))
}
