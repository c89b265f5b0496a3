//! `POST /api/login`.

use axum::{Json, extract::State};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Api, Failure, JsonBody, Origin};

#[derive(Deserialize)]
pub(super) struct Login {
    username: String,
    password: SecretString,
}

pub(super) async fn sign_in(
    State(api): State<Api>,
    Origin(from): Origin,
    JsonBody(login): JsonBody<Login>,
) -> Result<Json<Value>, Failure> {
    let signed_in = api.core.sign_in(&login.username, &login.password, from).await?;
    Ok(Json(json!({
        "success": true,
        "token": signed_in.token.expose_secret(),
        "user": { "id": signed_in.user.id, "username": signed_in.user.username },
    })))
}
