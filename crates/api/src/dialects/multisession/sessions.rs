//! Sessions: made, listed, named, connected, deleted.

use axum::{Json, extract::State, http::StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use switchboard_core::{Caller, CreateSession, Error, Pair, SessionQuery};
use switchboard_model::{Origin, Phone, Session as ModelSession, SessionId, SessionIdError, SessionState, Timestamp};
use utoipa::ToSchema;

use super::{MultisessionError, webhook};
use crate::http::{Api, Failure, JsonBody, SessionPath, Signed};

/// Nothing needs to be said; what is said all the same has to be JSON.
type Nothing = JsonBody<IgnoredAny>;

#[derive(Deserialize, ToSchema)]
pub(super) struct NewSession {
    /// The session's id from now on; one is made where there is none.
    id: Option<String>,
    #[schema(example = "Business Support")]
    name: String,
    #[schema(example = "https://myapp.com/webhook/business")]
    webhook_url: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Rename {
    #[schema(example = "Personal Account")]
    name: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    #[schema(value_type = String, example = "1234567890")]
    id: SessionId,
    #[schema(example = "Business Support")]
    name: String,
    #[schema(value_type = Option<String>, example = "6282260790996")]
    phone: Option<Phone>,
    #[schema(example = "https://myapp.com/webhook/business")]
    webhook_url: Option<String>,
    /// The socket is open.
    connected: bool,
    /// An account is linked.
    logged_in: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CreatedSession {
    #[serde(flatten)]
    session: Session,
    /// Deliveries are signed with it. Shown this once, where a webhook was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_secret: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    success: bool,
    message: &'static str,
    #[schema(value_type = String, example = "1234567890")]
    id: SessionId,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Renamed {
    #[serde(flatten)]
    done: Done,
    #[schema(example = "Personal Account")]
    name: String,
}

/// List your sessions.
#[utoipa::path(get, operation_id = "list_sessions", path = "/api/sessions", tag = "multisession", responses(
    (status = 200, body = [Session]),
))]
pub(super) async fn list(State(api): State<Api>, Signed(caller): Signed) -> Result<Json<Vec<Session>>, Failure> {
    let mut list = Vec::new();
    for session in every(&api, &caller, SessionQuery::default()).await? {
        list.push(Session::of(&api, &caller, session).await?);
    }
    Ok(Json(list))
}

/// All pages of a list.
pub(super) async fn every(api: &Api, caller: &Caller, mut query: SessionQuery) -> Result<Vec<ModelSession>, Error> {
    let mut sessions = Vec::new();
    loop {
        let page = api.core.sessions(caller, query.clone()).await?;
        sessions.extend(page.sessions);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(sessions),
        }
    }
}

/// Make a session. It does nothing until it is connected.
#[utoipa::path(post, operation_id = "create_session", path = "/api/sessions", tag = "multisession",
    request_body = NewSession, responses(
    (status = 201, body = CreatedSession),
    (status = 409, description = "The id is taken", body = MultisessionError),
))]
pub(super) async fn create(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<NewSession>,
) -> Result<(StatusCode, Json<CreatedSession>), Failure> {
    let id = body.id.as_deref().map(str::parse::<SessionId>).transpose();
    let id = id.map_err(|error: SessionIdError| Failure::invalid("id", error.to_string()))?;
    let url = body.webhook_url.unwrap_or_default();
    webhook::check(&api, &url).await?;
    let order = CreateSession { id, name: Some(body.name), origin: Origin::Multisession };
    let session = api.core.create_session(&caller, order).await?;
    let secret = webhook::set(&api, &caller, &session.id, &url).await?;
    let session = Session::of(&api, &caller, session).await?;
    Ok((StatusCode::CREATED, Json(CreatedSession { session, webhook_secret: secret.as_ref().map(shown) })))
}

/// Show a session.
#[utoipa::path(get, operation_id = "show_session", path = "/api/sessions/{id}", tag = "multisession",
    params(("id" = String, Path)), responses((status = 200, body = Session)))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Session>, Failure> {
    let session = api.core.session(&caller, &id).await?.session;
    Ok(Json(Session::of(&api, &caller, session).await?))
}

/// Rename a session.
#[utoipa::path(put, operation_id = "rename_session", path = "/api/sessions/{id}/name", tag = "multisession",
    params(("id" = String, Path)), request_body = Rename, responses((status = 200, body = Renamed)))]
pub(super) async fn rename(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    JsonBody(body): JsonBody<Rename>,
) -> Result<Json<Renamed>, Failure> {
    let session = api.core.rename_session(&caller, &id, body.name).await?.session;
    Ok(Json(Renamed { done: Done::of(id, "Session name updated"), name: session.name }))
}

/// Connect a session. Where no account is linked, the WebSocket shows the QR code to scan.
#[utoipa::path(post, operation_id = "connect_session", path = "/api/sessions/{id}/connect", tag = "multisession",
    params(("id" = String, Path)), responses((status = 200, body = Done)))]
pub(super) async fn connect(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    _nothing: Nothing,
) -> Result<Json<Done>, Failure> {
    let session = api.core.connect(&caller, &id, Pair::Qr).await?.session;
    let message = match (session.state.is_connected(), session.linked) {
        (true, _) => "Session is connected",
        (false, true) => "Session is connecting",
        (false, false) => "Scan the QR code shown on the WebSocket",
    };
    Ok(Json(Done::of(id, message)))
}

/// Disconnect a session. The account stays linked.
#[utoipa::path(post, operation_id = "disconnect_session", path = "/api/sessions/{id}/disconnect", tag = "multisession",
    params(("id" = String, Path)), responses((status = 200, body = Done)))]
pub(super) async fn disconnect(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    _nothing: Nothing,
) -> Result<Json<Done>, Failure> {
    api.core.disconnect(&caller, &id).await?;
    Ok(Json(Done::of(id, "Session disconnected")))
}

/// Delete a session: unlinks the account and wipes all that was stored for it.
#[utoipa::path(delete, operation_id = "delete_session", path = "/api/sessions/{id}", tag = "multisession",
    params(("id" = String, Path)), responses((status = 200, body = Done)))]
pub(super) async fn delete(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Done>, Failure> {
    api.core.delete_session(&caller, &id).await?;
    Ok(Json(Done::of(id, "Session deleted")))
}

/// What is shown to be scanned or typed came over it.
fn socket_is_open(state: &SessionState) -> bool {
    state.is_connected() || state.awaits_pairing()
}

pub(super) fn shown(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}

impl Done {
    pub(super) fn of(id: SessionId, message: &'static str) -> Self {
        Self { success: true, message, id }
    }
}

impl Session {
    async fn of(api: &Api, caller: &Caller, session: ModelSession) -> Result<Self, Error> {
        let webhook = api.core.session_webhook(caller, &session.id).await?;
        Ok(Self {
            connected: socket_is_open(&session.state),
            logged_in: session.linked,
            id: session.id,
            name: session.name,
            phone: session.phone,
            webhook_url: webhook.map(|webhook| webhook.url),
            created_at: session.created_at,
        })
    }
}
