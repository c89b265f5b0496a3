//! Linking by a code that is typed on the phone.

use axum::http::StatusCode;
use serde::Deserialize;
use switchboard_api::http::{Failure, SessionPath};
use switchboard_core::Pair;
use switchboard_model::AddressError;

use crate::{form::FormOf, visitor::Visitor};

#[derive(Deserialize)]
pub(super) struct Number {
    phone: String,
}

pub(super) async fn code(
    visitor: Visitor,
    SessionPath(id): SessionPath,
    FormOf(number): FormOf<Number>,
) -> Result<StatusCode, Failure> {
    let phone = number.phone.parse().map_err(|e: AddressError| Failure::invalid("phone", e.to_string()))?;
    visitor.core().connect(&visitor.caller, &id, Pair::Code { phone }).await?;
    Ok(StatusCode::NO_CONTENT)
}
