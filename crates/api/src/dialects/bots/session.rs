//! The session itself: handed over, kept, given back, taken back.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequestParts, State, rejection::BytesRejection},
    http::{StatusCode, request::Parts},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_core::{ExpiresIn, Form, Handed, LeaseRef};

use super::Bot;
use crate::http::{Api, Failure, JsonBody, LARGEST_STATE, Origin, QueryOf, SessionPath, parse};

/// A [`Bot`] whose credentials are asked for: refusals are written down, and nobody may ask too often.
pub(super) struct Holder(Bot);

#[derive(Deserialize)]
pub(super) struct Asked {
    format: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Validity {
    expires_in: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Returned {
    lease: Named,
    session: Value,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    epoch: i64,
}

pub(super) async fn hand_over(
    State(api): State<Api>,
    Holder(Bot { caller, id }): Holder,
    QueryOf(asked): QueryOf<Asked>,
) -> Result<Json<Value>, Failure> {
    let form = match asked.format.as_deref() {
        None | Some("baileys7") => Form::Baileys7,
        Some("baileys6") => Form::Baileys6,
        Some(_) => return Err(Failure::invalid("format", "use `baileys7` or `baileys6`")),
    };
    let Handed { state, token, lease, warnings } = api.core.hand_over(&caller, &id, form).await?;
    let expires_at = lease.expires_at.to_string();
    Ok(Json(json!({
        "botId": id,
        "session": state,
        "token": token.expose_secret(),
        "expires_at": expires_at,
        "lease": { "id": lease.id, "epoch": lease.epoch, "expires_at": expires_at },
        "warnings": warnings,
    })))
}

pub(super) async fn issue_token(
    State(api): State<Api>,
    Holder(Bot { caller, id }): Holder,
    JsonBody(body): JsonBody<Validity>,
) -> Result<Json<Value>, Failure> {
    let expires_in = body.expires_in.map_or(Ok(ExpiresIn::default()), |text| text.parse())?;
    let issued = api.core.session_token(&caller, &id, expires_in).await?;
    Ok(Json(json!({ "token": issued.token.expose_secret(), "expires_at": issued.expires_at.to_string() })))
}

pub(super) async fn give_back(
    State(api): State<Api>,
    Holder(Bot { caller, id }): Holder,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Failure> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge { limit: LARGEST_STATE },
        _ => Failure::invalid("body", "the connection ended before the body did"),
    })?;
    let Returned { lease, session } = parse(&body)?;
    let lease = LeaseRef { id: lease.id, epoch: lease.epoch };
    let warnings = api.core.give_back(&caller, &id, lease, session).await?;
    Ok(Json(json!({ "success": true, "warnings": warnings })))
}

pub(super) async fn take_back(
    State(api): State<Api>,
    Holder(Bot { caller, id }): Holder,
) -> Result<Json<Value>, Failure> {
    api.core.take_back(&caller, &id).await?;
    Ok(Json(json!({ "success": true })))
}

impl FromRequestParts<Api> for Holder {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        match Bot::from_request_parts(parts, api).await {
            Ok(bot) => {
                api.hand_overs.admit(bot.caller.actor())?;
                Ok(Self(bot))
            }
            Err(failure) => {
                let Origin(from) = Origin::from_request_parts(parts, api).await?;
                if let (Ok(SessionPath(bot)), Failure::Refused(error)) =
                    (SessionPath::from_request_parts(parts, api).await, &failure)
                {
                    api.core.note_refusal(&bot, error, from).await;
                }
                Err(failure)
            }
        }
    }
}
