//! Sessions: made, listed, named, connected, deleted.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use switchboard_core::{Caller, CreateSession, Error, Pair, SessionQuery};
use switchboard_model::{Origin, Phone, Session as ModelSession, SessionId, Timestamp};

use super::webhook;
use crate::http::{Api, Failure, JsonBody, SessionPath, Signed};

#[derive(Deserialize)]
pub(super) struct NewSession {
    name: String,
    webhook_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Rename {
    name: String,
}

#[derive(Serialize)]
pub(super) struct Session {
    id: SessionId,
    name: String,
    phone: Option<Phone>,
    webhook_url: Option<String>,
    /// The socket is open.
    connected: bool,
    /// An account is linked.
    logged_in: bool,
    created_at: Timestamp,
}

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

pub(super) async fn create(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<NewSession>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let url = body.webhook_url.unwrap_or_default();
    webhook::check(&api, &url).await?;
    let order = CreateSession { id: None, name: Some(body.name), origin: Origin::Multisession };
    let session = api.core.create_session(&caller, order).await?;
    let secret = webhook::set(&api, &caller, &session.id, &url).await?;
    let mut answer = json!(Session::of(&api, &caller, session).await?);
    webhook::show(secret, &mut answer);
    Ok((StatusCode::CREATED, Json(answer)))
}

pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Session>, Failure> {
    let session = api.core.session(&caller, &id).await?.session;
    Ok(Json(Session::of(&api, &caller, session).await?))
}

pub(super) async fn rename(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    JsonBody(body): JsonBody<Rename>,
) -> Result<Json<Value>, Failure> {
    let session = api.core.rename_session(&caller, &id, body.name).await?.session;
    Ok(Json(json!({ "success": true, "message": "Session name updated", "id": id, "name": session.name })))
}

pub(super) async fn connect(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Value>, Failure> {
    let session = api.core.connect(&caller, &id, Pair::Qr).await?.session;
    let message = match (session.state.is_connected(), session.linked) {
        (true, _) => "Session is connected",
        (false, true) => "Session is connecting",
        (false, false) => "Scan the QR code shown on the WebSocket",
    };
    Ok(Json(json!({ "success": true, "message": message, "id": id })))
}

pub(super) async fn disconnect(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Value>, Failure> {
    api.core.disconnect(&caller, &id).await?;
    Ok(Json(json!({ "success": true, "message": "Session disconnected", "id": id })))
}

pub(super) async fn delete(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Value>, Failure> {
    api.core.delete_session(&caller, &id).await?;
    Ok(Json(json!({ "success": true, "message": "Session deleted", "id": id })))
}

impl Session {
    async fn of(api: &Api, caller: &Caller, session: ModelSession) -> Result<Self, Error> {
        let webhook = api.core.session_webhook(caller, &session.id).await?;
        Ok(Self {
            connected: session.state.is_connected(),
            logged_in: session.linked,
            id: session.id,
            name: session.name,
            phone: session.phone,
            webhook_url: webhook.map(|webhook| webhook.url),
            created_at: session.created_at,
        })
    }
}
