//! `POST /api/login`.

use axum::{Json, extract::State};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MultisessionError;
use crate::http::{Api, Failure, JsonBody, Origin};

#[derive(Deserialize, ToSchema)]
pub(super) struct Login {
    #[schema(example = "admin")]
    username: String,
    #[schema(value_type = String, format = Password, example = "admin")]
    password: SecretString,
}

#[derive(Serialize, ToSchema)]
pub(super) struct LoggedIn {
    success: bool,
    /// To be sent as `Authorization: Bearer`. Good for 24 hours.
    token: String,
    user: LoggedInUser,
}

#[derive(Serialize, ToSchema)]
struct LoggedInUser {
    #[schema(example = 1)]
    id: i64,
    #[schema(example = "admin")]
    username: String,
}

/// Sign in.
#[utoipa::path(post, operation_id = "login", path = "/api/login", tag = "multisession", request_body = Login, security(()), responses(
    (status = 200, description = "Signed in", body = LoggedIn),
    (status = 401, description = "Name or password is wrong", body = MultisessionError),
))]
pub(super) async fn sign_in(
    State(api): State<Api>,
    Origin(from): Origin,
    JsonBody(login): JsonBody<Login>,
) -> Result<Json<LoggedIn>, Failure> {
    let signed_in = api.core.sign_in(&login.username, &login.password, from).await?;
    Ok(Json(LoggedIn {
        success: true,
        token: signed_in.token.expose_secret().to_owned(),
        user: LoggedInUser { id: signed_in.user.id.0, username: signed_in.user.username },
    }))
}
