//! Which numbers are on WhatsApp.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use switchboard_core::{Error, engine::NumberStatus};
use switchboard_model::{AddressError, Phone};
use utoipa::ToSchema;

use crate::{
    http::{Api, Failure, JsonBody, SessionPath, Signed},
    native::problem::Problem,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NumbersToCheck {
    /// 1 to 100.
    #[schema(example = json!(["+62 813-8139-3739"]))]
    numbers: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CheckedNumbers {
    /// In the order asked.
    numbers: Vec<CheckedNumber>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CheckedNumber {
    /// Digits only.
    #[schema(example = "6281381393739")]
    number: String,
    on_whatsapp: bool,
    jid: Option<String>,
    /// The network's identity for people who hide their number.
    lid: Option<String>,
    business: bool,
    /// The name that a business has proven to be its own.
    verified_name: Option<String>,
}

/// Check which numbers are on WhatsApp. An answer is kept for a day; new questions count against the day's budget.
#[utoipa::path(post, operation_id = "check_numbers", path = "/v1/sessions/{id}/numbers/check", tag = "contacts",
    params(("id" = String, Path)), request_body = NumbersToCheck, responses(
    (status = 200, body = CheckedNumbers),
    (status = 400, body = Problem),
    (status = 404, body = Problem),
    (status = 409, description = "Not connected, or the day's budget is spent", body = Problem),
))]
pub(super) async fn check(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<NumbersToCheck>,
) -> Result<Json<CheckedNumbers>, Failure> {
    let phones: Vec<Phone> = body.numbers.iter().map(|text| phone(text)).collect::<Result<_, _>>()?;
    let found = api.core.check_numbers(&caller, &session, phones).await?;
    Ok(Json(CheckedNumbers { numbers: found.into_iter().map(CheckedNumber::from).collect() }))
}

fn phone(text: &str) -> Result<Phone, Error> {
    text.parse().map_err(|error: AddressError| Error::invalid("numbers", format!("\"{text}\": {error}")))
}

impl From<NumberStatus> for CheckedNumber {
    fn from(found: NumberStatus) -> Self {
        Self {
            number: found.phone.to_string(),
            on_whatsapp: found.on_whatsapp,
            jid: found.on_whatsapp.then(|| format!("{}@s.whatsapp.net", found.phone)),
            lid: found.lid.map(|lid| lid.to_string()),
            business: found.business,
            verified_name: found.verified_name,
        }
    }
}
