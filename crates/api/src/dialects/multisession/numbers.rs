//! `POST /api/sessions/{id}/check-number`.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_core::Error;
use switchboard_model::{AddressError, Phone};

use crate::http::{Api, Failure, JsonBody, SessionPath, Signed};

#[derive(Deserialize)]
pub(super) struct Question {
    number: String,
}

pub(super) async fn check(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    JsonBody(body): JsonBody<Question>,
) -> Result<Json<Value>, Failure> {
    let phone: Phone = body.number.parse().map_err(|e: AddressError| Failure::invalid("number", e.to_string()))?;
    let found = api.core.check_numbers(&caller, &id, vec![phone.clone()]).await?.into_iter().next();
    let found = found.ok_or_else(|| Error::internal("the network answered for another number"))?;
    Ok(Json(json!({
        "success": true,
        "number": phone,
        "on_whatsapp": found.on_whatsapp,
        "verified": found.business && found.verified_name.is_some(),
        "verified_name": found.verified_name.unwrap_or_default(),
    })))
}
