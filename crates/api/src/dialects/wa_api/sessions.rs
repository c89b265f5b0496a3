//! Sessions by device id: made, looked at, linked, given a key, deleted.

use std::time::Duration;

use axum::{Json, extract::State};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use switchboard_core::{ApiKey, Caller, CreateSession, Error, Pair, SessionQuery};
use switchboard_model::{Desired, Origin, Session, SessionId, SessionState, Timestamp};
use utoipa::ToSchema;

use super::{
    WaApiError,
    door::{Device, Manager},
};
use crate::{
    http::{Api, Failure, JsonBody},
    pairing_image::PairingImage,
};

/// How long the first code may take.
const FIRST_CODE: Duration = Duration::from_secs(5);

#[derive(Deserialize, ToSchema)]
pub(super) struct NewSession {
    #[serde(rename = "deviceId")]
    #[schema(example = "device-001")]
    device_id: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewKey {
    /// 16 characters at least; one is made where there is none.
    #[serde(rename = "apiKey", default)]
    #[schema(value_type = Option<String>, example = "optional-custom-key")]
    api_key: Option<SecretString>,
}

/// A session as lists show it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[schema(value_type = String, example = "device-001")]
    device_id: SessionId,
    /// `disconnected`, `connecting`, `waiting_qr` or `connected`.
    #[schema(example = "connected")]
    connection_state: &'static str,
    has_api_key: bool,
    #[schema(example = "1234567890")]
    phone_number: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    is_active: bool,
}

/// A session by itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(flatten)]
    listed: Listed,
    #[schema(example = "a1b2c3d4...")]
    api_key_masked: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SessionList {
    success: bool,
    sessions: Vec<Listed>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Created {
    success: bool,
    message: &'static str,
    #[schema(value_type = String, example = "device-001")]
    device_id: SessionId,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Shown {
    success: bool,
    session: Details,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct QrCode {
    success: bool,
    #[schema(example = "2@...")]
    qr_code: String,
    /// A PNG as data URL.
    qr_image: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeySet {
    success: bool,
    message: &'static str,
    /// Shown this once.
    api_key: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Deleted {
    success: bool,
    message: &'static str,
}

/// List the sessions made here.
#[utoipa::path(get, operation_id = "list_sessions", path = "/api/sessions", tag = "wa_api", responses((status = 200, body = SessionList)))]
pub(super) async fn list(State(api): State<Api>, Manager(caller): Manager) -> Result<Json<SessionList>, Failure> {
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
            None => return Ok(Json(SessionList { success: true, sessions })),
        }
    }
}

/// Make a session and start connecting it.
#[utoipa::path(post, operation_id = "create_session", path = "/api/sessions", tag = "wa_api", request_body = NewSession, responses(
    (status = 200, body = Created),
    (status = 409, description = "The device id is taken", body = WaApiError),
))]
pub(super) async fn create(
    State(api): State<Api>,
    Manager(caller): Manager,
    JsonBody(body): JsonBody<NewSession>,
) -> Result<Json<Created>, Failure> {
    let id: SessionId = body.device_id.parse().map_err(|e| Failure::invalid("deviceId", format!("{e}")))?;
    let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::WaApi };
    api.core.create_session(&caller, order).await?;
    api.core.connect(&caller, &id, Pair::Qr).await?;
    Ok(Json(Created { success: true, message: "Session created", device_id: id }))
}

/// Show a session.
#[utoipa::path(get, operation_id = "show_session", path = "/api/sessions/{id}", tag = "wa_api",
    params(("id" = String, Path)), responses((status = 200, body = Shown)))]
pub(super) async fn details(State(api): State<Api>, Device { caller, id }: Device) -> Result<Json<Shown>, Failure> {
    let session = api.core.session(&caller, &id).await?.session;
    let key = api.core.session_key(&caller, &id).await?;
    let api_key_masked = key.as_ref().map(|key| format!("{}...", key.prefix));
    let session = Details { listed: Listed::of(session, key.as_ref()), api_key_masked };
    Ok(Json(Shown { success: true, session }))
}

/// Get the QR code to scan. Waits up to five seconds for the first; begins the pairing anew where it has ended.
#[utoipa::path(get, operation_id = "qr_code", path = "/api/sessions/{id}/qr", tag = "wa_api",
    params(("id" = String, Path)), responses(
    (status = 200, body = QrCode),
    (status = 404, description = "There is no such session, or no code to scan now", body = WaApiError),
    (status = 409, description = "The session is connected", body = WaApiError),
))]
pub(super) async fn qr(State(api): State<Api>, Device { caller, id }: Device) -> Result<Json<QrCode>, Failure> {
    let mut code = api.core.qr_code(&caller, &id, FIRST_CODE).await?;
    if code.is_none() && pairing_begins(&api, &caller, &id).await? {
        code = api.core.qr_code(&caller, &id, FIRST_CODE).await?;
    }
    let Some(code) = code else { return Err(no_code(&api, &caller, &id).await?) };
    let qr_image = PairingImage::of(&code.code)?.data_url()?;
    Ok(Json(QrCode { success: true, qr_code: code.code, qr_image }))
}

/// Set the session's API key. The old one ends.
#[utoipa::path(put, operation_id = "set_api_key", path = "/api/sessions/{id}/api-key", tag = "wa_api",
    params(("id" = String, Path)), request_body = NewKey, responses((status = 200, body = KeySet)))]
pub(super) async fn set_key(
    State(api): State<Api>,
    Device { caller, id }: Device,
    JsonBody(body): JsonBody<NewKey>,
) -> Result<Json<KeySet>, Failure> {
    let chosen = body.api_key.filter(|key| !key.expose_secret().is_empty());
    let issued = api.core.set_session_key(&caller, &id, chosen).await?;
    let api_key = issued.secret.expose_secret().to_owned();
    Ok(Json(KeySet { success: true, message: "API key updated", api_key }))
}

/// Delete a session: unlinks the account and wipes all that was stored for it.
#[utoipa::path(delete, operation_id = "delete_session", path = "/api/sessions/{id}", tag = "wa_api",
    params(("id" = String, Path)), responses((status = 200, body = Deleted)))]
pub(super) async fn delete(State(api): State<Api>, Device { caller, id }: Device) -> Result<Json<Deleted>, Failure> {
    api.core.delete_session(&caller, &id).await?;
    Ok(Json(Deleted { success: true, message: "Session deleted" }))
}

/// Begins the pairing anew where it has ended: this API has no other call for that. Tells whether it did.
async fn pairing_begins(api: &Api, caller: &Caller, id: &SessionId) -> Result<bool, Failure> {
    if !wants_pairing(&api.core.session(caller, id).await?.session) {
        return Ok(false);
    }
    api.core.connect(caller, id, Pair::Qr).await?;
    Ok(true)
}

/// Whether no account is linked and nothing is under way that would link one.
fn wants_pairing(session: &Session) -> bool {
    let at_rest = matches!(
        session.state,
        SessionState::Created
            | SessionState::Disconnected { retry_at: None, .. }
            | SessionState::LoggedOut { .. }
            | SessionState::Disabled { .. }
    );
    at_rest && !session.linked
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
