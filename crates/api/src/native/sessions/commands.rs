//! Connecting and disconnecting. Each command may be repeated: the second time it changes nothing.

use axum::{Json, extract::State};
use serde::Deserialize;
use switchboard_core::{Error, Pair};
use utoipa::ToSchema;

use super::wire::Session;
use crate::{
    http::{Api, Failure, JsonBody, SessionPath, Signed},
    native::problem::Problem,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Connect {
    /// How to link if no account is linked yet: `qr` (by default) or `code`.
    #[schema(example = "qr")]
    pairing: Option<String>,
    /// The account's phone number; needed to link by code.
    phone: Option<String>,
}

/// Connect: resume the link, or begin pairing where there is none. Remembered over restarts.
#[utoipa::path(post, operation_id = "connect_session", path = "/v1/sessions/{id}/connect", tag = "sessions", params(("id" = String, Path)),
    request_body = Connect, responses(
    (status = 200, body = Session),
    (status = 400, body = Problem),
    (status = 404, body = Problem),
    (status = 409, description = "The session is handed over", body = Problem),
))]
pub(super) async fn connect(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    JsonBody(body): JsonBody<Connect>,
) -> Result<Json<Session>, Failure> {
    Ok(Json(api.core.connect(&caller, &id, body.try_into()?).await?.into()))
}

/// Disconnect and keep the link. Remembered over restarts.
#[utoipa::path(post, operation_id = "disconnect_session", path = "/v1/sessions/{id}/disconnect", tag = "sessions", params(("id" = String, Path)), responses(
    (status = 200, body = Session),
    (status = 404, body = Problem),
))]
pub(super) async fn disconnect(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Session>, Failure> {
    Ok(Json(api.core.disconnect(&caller, &id).await?.into()))
}

/// Unlink the device from the account and keep the session; connecting then begins with pairing.
#[utoipa::path(post, operation_id = "log_out_session", path = "/v1/sessions/{id}/logout", tag = "sessions", params(("id" = String, Path)), responses(
    (status = 200, body = Session),
    (status = 404, body = Problem),
))]
pub(super) async fn log_out(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Session>, Failure> {
    Ok(Json(api.core.log_out(&caller, &id).await?.into()))
}

impl TryFrom<Connect> for Pair {
    type Error = Error;

    fn try_from(body: Connect) -> Result<Self, Error> {
        match (body.pairing.as_deref(), body.phone) {
            (None | Some("qr"), None) => Ok(Self::Qr),
            (None | Some("qr"), Some(_)) => Err(Error::invalid("phone", "goes with `\"pairing\": \"code\"` only")),
            (Some("code"), Some(phone)) => {
                let phone = phone
                    .parse()
                    .map_err(|error: switchboard_model::AddressError| Error::invalid("phone", error.to_string()))?;
                Ok(Self::Code { phone })
            }
            (Some("code"), None) => Err(Error::invalid("phone", "is needed to link by code")),
            (Some(_), _) => Err(Error::invalid("pairing", "use `qr` or `code`")),
        }
    }
}
