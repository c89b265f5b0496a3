//! `POST /api/sessions/{id}/check-number`.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use switchboard_core::Error;
use switchboard_model::{AddressError, Jid, Phone};
use utoipa::ToSchema;

use super::MultisessionError;
use crate::http::{Api, Failure, JsonBody, SessionPath, Signed};

#[derive(Deserialize, ToSchema)]
pub(super) struct Question {
    #[schema(example = "6281381393739")]
    number: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Checked {
    success: bool,
    #[schema(value_type = String, example = "6281381393739")]
    number: Phone,
    on_whatsapp: bool,
    /// A business with a name that the network vouches for.
    verified: bool,
    /// Empty without one.
    #[schema(example = "Business Name")]
    verified_name: String,
}

/// Check whether a number is on WhatsApp.
#[utoipa::path(post, operation_id = "check_number", path = "/api/sessions/{id}/check-number", tag = "multisession",
    params(("id" = String, Path)), request_body = Question, responses(
    (status = 200, body = Checked),
    (status = 404, description = "There is no such session, or it is not connected", body = MultisessionError),
))]
pub(super) async fn check(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    JsonBody(body): JsonBody<Question>,
) -> Result<Json<Checked>, Failure> {
    let phone = phone(&body.number, "number")?;
    let found = api.core.check_numbers(&caller, &id, vec![phone.clone()]).await?.into_iter().next();
    let found = found.ok_or_else(|| Error::internal("the network answered for another number"))?;
    Ok(Json(Checked {
        success: true,
        number: phone,
        on_whatsapp: found.on_whatsapp,
        verified: found.business && found.verified_name.is_some(),
        verified_name: found.verified_name.unwrap_or_default(),
    }))
}

/// A phone number in any of the spellings that an address has.
pub(super) fn phone(text: &str, field: &str) -> Result<Phone, Failure> {
    let number = match text.parse::<Jid>() {
        Ok(Jid::Phone(phone)) => Ok(phone),
        Ok(_) => Err(AddressError::Phone),
        Err(error) => Err(error),
    };
    number.map_err(|error| Failure::invalid(field, error.to_string()))
}
