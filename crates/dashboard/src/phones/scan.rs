//! A phone scans the code that a session shows.

use std::time::Duration;

use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use switchboard_api::http::{Failure, SessionPath};
use switchboard_core::Error;

use super::network;
use crate::{form::FormOf, text::fill, toast, visitor::Member};

#[derive(Deserialize)]
pub(super) struct Phone {
    number: String,
}

pub(super) async fn submit(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    FormOf(phone): FormOf<Phone>,
) -> Result<Response, Failure> {
    let number = network::number(&phone.number)?;
    let code = visitor.core().qr_code(&visitor.caller, &id, Duration::ZERO).await?;
    let code = code.ok_or_else(|| Error::Conflict("there is no code to scan now".to_owned()))?;
    network::post(&visitor, &format!("/phones/{number}/scan"), &json!({ "qr": code.code })).await?;
    toast::say(&fill(visitor.t.phone_scanned, &[&number]))
}
