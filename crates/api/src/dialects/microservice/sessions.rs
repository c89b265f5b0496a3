//! Connecting, disconnecting, and looking at sessions.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use switchboard_core::{Caller, CreateSession, Error, Pair, SessionQuery, SessionView};
use switchboard_model::{Origin, Phone, Session, SessionId, Timestamp};

use super::words::{phone_number, status as status_word};
use crate::{
    http::{Api, Failure, JsonBody, SessionPath, Signed},
    pairing_image::PairingImage,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connect {
    session_id: String,
    session_name: Option<String>,
    phone_number: Option<String>,
    /// Link by a code that is typed on the phone instead of a QR code.
    #[serde(default)]
    pairing_code: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Named {
    session_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    session_id: SessionId,
    status: &'static str,
    session_name: String,
    phone_number: Option<String>,
    created_at: Timestamp,
}

/// Connects a session, making it first if need be. Repeating it does no harm.
pub(super) async fn connect(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<Connect>,
) -> Result<Json<Value>, Failure> {
    let (id, pair) = (session_id(&body.session_id)?, body.pair()?);
    let session = match api.core.session(&caller, &id).await {
        Err(Error::NotFound { .. }) => {
            let order = CreateSession { id: Some(id.clone()), name: body.session_name, origin: Origin::Microservice };
            api.core.create_session(&caller, order).await?
        }
        found => named(&api, &caller, found?, body.session_name).await?,
    };
    let message = if session.state.is_connected() {
        "WhatsApp session is already connected"
    } else {
        api.core.connect(&caller, &id, pair).await?;
        "WhatsApp connection initiated"
    };
    Ok(Json(json!({ "success": true, "sessionId": id, "message": message })))
}

/// Ends the connection, if there is one, and begins anew.
pub(super) async fn reconnect(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<Connect>,
) -> Result<Json<Value>, Failure> {
    let (id, pair) = (session_id(&body.session_id)?, body.pair()?);
    let found = api.core.session(&caller, &id).await?;
    named(&api, &caller, found, body.session_name).await?;
    api.core.disconnect(&caller, &id).await?;
    api.core.connect(&caller, &id, pair).await?;
    Ok(Json(json!({ "success": true, "sessionId": id, "message": "WhatsApp reconnection initiated" })))
}

pub(super) async fn disconnect(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<Named>,
) -> Result<Json<Value>, Failure> {
    api.core.disconnect(&caller, &session_id(&body.session_id)?).await?;
    Ok(Json(json!({ "success": true, "message": "Session disconnected successfully" })))
}

pub(super) async fn status(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Value>, Failure> {
    let session = api.core.session(&caller, &id).await?.session;
    let code = api.core.qr_code(&caller, &id, Duration::ZERO).await?;
    let qr = code.map(|code| PairingImage::of(&code.code)?.data_url()).transpose()?;
    let mut answer = serde_json::to_value(Listed::from(session)).map_err(Error::internal)?;
    answer["qrCode"] = qr.into();
    Ok(Json(answer))
}

pub(super) async fn list(State(api): State<Api>, Signed(caller): Signed) -> Result<Json<Value>, Failure> {
    let (mut sessions, mut query) = (Vec::new(), SessionQuery::default());
    loop {
        let page = api.core.sessions(&caller, query.clone()).await?;
        sessions.extend(page.sessions.into_iter().map(Listed::from));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(Json(json!({ "total": sessions.len(), "sessions": sessions }))),
        }
    }
}

/// Gives a session that exists the name that was sent along.
async fn named(api: &Api, caller: &Caller, found: SessionView, name: Option<String>) -> Result<Session, Failure> {
    match name.filter(|name| *name != found.session.name) {
        Some(name) => Ok(api.core.rename_session(caller, &found.session.id, name).await?.session),
        None => Ok(found.session),
    }
}

pub(super) fn session_id(text: &str) -> Result<SessionId, Failure> {
    text.parse().map_err(|e| Failure::invalid("sessionId", format!("{e}")))
}

impl Connect {
    /// The number is checked even where it is not needed: a typing error should not wait for the day it is.
    fn pair(&self) -> Result<Pair, Failure> {
        let phone = self.phone_number.as_deref().filter(|text| !text.is_empty()).map(str::parse::<Phone>);
        match phone.transpose().map_err(|e| Failure::invalid("phoneNumber", e.to_string()))? {
            Some(phone) if self.pairing_code => Ok(Pair::Code { phone }),
            None if self.pairing_code => Err(Failure::invalid("phoneNumber", "is needed for linking by code")),
            _ => Ok(Pair::Qr),
        }
    }
}

impl From<Session> for Listed {
    fn from(session: Session) -> Self {
        Self {
            status: status_word(&session.state),
            phone_number: phone_number(session.phone.as_ref()),
            session_id: session.id,
            session_name: session.name,
            created_at: session.created_at,
        }
    }
}
