//! Sessions by device id: made, looked at, linked, given a key, deleted.

use std::time::Duration;

use axum::{Json, extract::State};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use switchboard_core::{ApiKey, Caller, CreateSession, Error, Pair, SessionQuery};
use switchboard_model::{Desired, Origin, Session, SessionId, SessionState, Timestamp};

use super::door::Manager;
use crate::{
    http::{Api, Failure, JsonBody, SessionPath},
    pairing_image::PairingImage,
};

/// How long the first code may take.
const FIRST_CODE: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
pub(super) struct NewSession {
    #[serde(rename = "deviceId")]
    device_id: String,
}

#[derive(Deserialize)]
pub(super) struct NewKey {
    #[serde(rename = "apiKey", default)]
    api_key: Option<SecretString>,
}

/// A session as lists show it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    device_id: SessionId,
    connection_state: &'static str,
    has_api_key: bool,
    phone_number: Option<String>,
    created_at: Timestamp,
    is_active: bool,
}

/// A session by itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(flatten)]
    listed: Listed,
    api_key_masked: Option<String>,
}

pub(super) async fn list(State(api): State<Api>, Manager(caller): Manager) -> Result<Json<Value>, Failure> {
    let mut sessions = Vec::new();
    let mut query = SessionQuery { origin: Some(Origin::WaApi), ..SessionQuery::default() };
    loop {
        let page = api.core.sessions(&caller, query.clone()).await?;
        for session in page.sessions {
            let key = api.core.session_key(&caller, &session.id).await?;
            sessions.push(Listed::of(session, key.as_ref()));
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(Json(json!({ "success": true, "sessions": sessions }))),
        }
    }
}

/// Makes the session and starts connecting it.
pub(super) async fn create(
    State(api): State<Api>,
    Manager(caller): Manager,
    JsonBody(body): JsonBody<NewSession>,
) -> Result<Json<Value>, Failure> {
    let id: SessionId = body.device_id.parse().map_err(|e| Failure::invalid("deviceId", format!("{e}")))?;
    let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::WaApi };
    api.core.create_session(&caller, order).await?;
    api.core.connect(&caller, &id, Pair::Qr).await?;
    Ok(Json(json!({ "success": true, "message": "Session created", "deviceId": id })))
}

pub(super) async fn details(
    State(api): State<Api>,
    Manager(caller): Manager,
    SessionPath(id): SessionPath,
) -> Result<Json<Value>, Failure> {
    let session = api.core.session(&caller, &id).await?.session;
    let key = api.core.session_key(&caller, &id).await?;
    let api_key_masked = key.as_ref().map(|key| format!("{}...", key.prefix));
    let details = Details { listed: Listed::of(session, key.as_ref()), api_key_masked };
    Ok(Json(json!({ "success": true, "session": details })))
}

pub(super) async fn qr(
    State(api): State<Api>,
    Manager(caller): Manager,
    SessionPath(id): SessionPath,
) -> Result<Json<Value>, Failure> {
    let code = api.core.qr_code(&caller, &id, FIRST_CODE).await?;
    let Some(code) = code else { return Err(no_code(&api, &caller, &id).await?) };
    let image = PairingImage::of(&code.code)?.data_url()?;
    Ok(Json(json!({ "success": true, "qrCode": code.code, "qrImage": image })))
}

pub(super) async fn set_key(
    State(api): State<Api>,
    Manager(caller): Manager,
    SessionPath(id): SessionPath,
    JsonBody(body): JsonBody<NewKey>,
) -> Result<Json<Value>, Failure> {
    let chosen = body.api_key.filter(|key| !key.expose_secret().is_empty());
    let issued = api.core.set_session_key(&caller, &id, chosen).await?;
    let secret = issued.secret.expose_secret();
    Ok(Json(json!({ "success": true, "message": "API key updated", "apiKey": secret })))
}

pub(super) async fn delete(
    State(api): State<Api>,
    Manager(caller): Manager,
    SessionPath(id): SessionPath,
) -> Result<Json<Value>, Failure> {
    api.core.delete_session(&caller, &id).await?;
    Ok(Json(json!({ "success": true, "message": "Session deleted" })))
}

/// Why there is nothing to scan.
async fn no_code(api: &Api, caller: &Caller, id: &SessionId) -> Result<Failure, Failure> {
    let state = api.core.session(caller, id).await?.session.state;
    Ok(Failure::Refused(if state.is_connected() {
        Error::Conflict("the session is connected: there is no QR code to scan".to_owned())
    } else {
        Error::not_found("QR code", format!("for {id} now: the session is {}", word(&state)))
    }))
}

impl Listed {
    fn of(session: Session, key: Option<&ApiKey>) -> Self {
        Self {
            connection_state: word(&session.state),
            has_api_key: key.is_some(),
            phone_number: session.phone.map(|phone| phone.to_string()),
            created_at: session.created_at,
            is_active: session.desired == Desired::Connected && !session.state.is_terminal(),
            device_id: session.id,
        }
    }
}

/// The document's four words for every state.
fn word(state: &SessionState) -> &'static str {
    match state {
        SessionState::Connecting | SessionState::WaitingCode { .. } | SessionState::WaitingPasskey { .. } => {
            "connecting"
        }
        SessionState::WaitingQr { .. } => "waiting_qr",
        SessionState::Connected { .. } | SessionState::Held { .. } => "connected",
        SessionState::Created
        | SessionState::Disconnected { .. }
        | SessionState::LoggedOut { .. }
        | SessionState::HandedOver { .. }
        | SessionState::Disabled { .. } => "disconnected",
    }
}
