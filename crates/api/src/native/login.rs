//! Signing in.

use axum::{Json, extract::State};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use switchboard_core::SignedIn;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{problem::Problem, users::User, wire::time};
use crate::http::{Api, Failure, JsonBody, Origin};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(sign_in))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    #[schema(example = "admin")]
    username: String,
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

#[derive(Serialize, ToSchema)]
struct Token {
    /// To be sent as `Authorization: Bearer`.
    token: String,
    expires_at: String,
    user: User,
}

/// Sign in with name and password. The token is good for 24 hours.
#[utoipa::path(post, operation_id = "sign_in", path = "/v1/login", tag = "users", request_body = Login, security(()), responses(
    (status = 200, description = "Signed in", body = Token),
    (status = 401, description = "Name or password is wrong", body = Problem),
    (status = 429, description = "Too many attempts", body = Problem),
))]
async fn sign_in(
    State(api): State<Api>,
    Origin(from): Origin,
    JsonBody(login): JsonBody<Login>,
) -> Result<Json<Token>, Failure> {
    let signed_in = api.core.sign_in(&login.username, &login.password, from).await?;
    Ok(Json(signed_in.into()))
}

impl From<SignedIn> for Token {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            token: signed_in.token.expose_secret().to_owned(),
            expires_at: time(signed_in.expires_at),
            user: signed_in.user.into(),
        }
    }
}
