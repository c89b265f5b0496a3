//! Connecting, disconnecting, and looking at sessions.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use switchboard_core::{Caller, CreateSession, Error, Pair, Scope, SessionQuery, SessionView};
use switchboard_model::{Origin, Phone, Session, SessionId, Timestamp};
use utoipa::ToSchema;

use super::MicroserviceError;
use super::words::{phone_number, status as status_word};
use crate::{
    http::{Api, Failure, JsonBody, SessionPath, Signed},
    pairing_image::PairingImage,
};

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connect {
    #[schema(example = "business")]
    session_id: String,
    #[schema(example = "Business Account")]
    session_name: Option<String>,
    /// Needed for linking by code only.
    #[schema(example = "+1234567890")]
    phone_number: Option<String>,
    /// Link by a code that is typed on the phone instead of a QR code.
    #[serde(default)]
    pairing_code: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Named {
    #[schema(example = "business")]
    session_id: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[schema(value_type = String, example = "business")]
    session_id: SessionId,
    /// `connecting`, `connected` or `disconnected`.
    #[schema(example = "connected")]
    status: &'static str,
    #[schema(example = "Business Account")]
    session_name: String,
    #[schema(example = "+1234567890")]
    phone_number: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    #[serde(flatten)]
    listed: Listed,
    /// A PNG as data URL, while a code waits to be scanned; for credentials that may connect sessions.
    qr_code: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SessionList {
    sessions: Vec<Listed>,
    total: usize,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Begun {
    success: bool,
    #[schema(value_type = String, example = "business")]
    session_id: SessionId,
    message: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Ended {
    success: bool,
    message: &'static str,
}

/// Connect a session, making it first if need be. Repeating it does no harm.
#[utoipa::path(post, operation_id = "connect", path = "/connect", tag = "microservice", request_body = Connect, responses(
    (status = 200, body = Begun),
    (status = 404, description = "The session is another user's", body = MicroserviceError),
))]
pub(super) async fn connect(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<Connect>,
) -> Result<Json<Begun>, Failure> {
    let (id, pair) = (session_id(&body.session_id)?, body.pair()?);
    let session = match api.core.session(&caller, &id).await {
        Err(Error::NotFound { .. }) => {
            let order = CreateSession { id: Some(id.clone()), name: body.session_name, origin: Origin::Microservice };
            match api.core.create_session(&caller, order).await {
                // Made by the same user a moment ago, or by another: that one is not there.
                Err(Error::Conflict(_)) => api.core.session(&caller, &id).await?.session,
                made => made?,
            }
        }
        found => named(&api, &caller, found?, body.session_name).await?,
    };
    let message = if session.state.is_connected() {
        "WhatsApp session is already connected"
    } else {
        api.core.connect(&caller, &id, pair).await?;
        "WhatsApp connection initiated"
    };
    Ok(Json(Begun { success: true, session_id: id, message }))
}

/// End the connection, if there is one, and begin anew.
#[utoipa::path(post, operation_id = "reconnect", path = "/reconnect", tag = "microservice", request_body = Connect, responses(
    (status = 200, body = Begun),
    (status = 404, description = "There is no such session", body = MicroserviceError),
))]
pub(super) async fn reconnect(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<Connect>,
) -> Result<Json<Begun>, Failure> {
    let (id, pair) = (session_id(&body.session_id)?, body.pair()?);
    let found = api.core.session(&caller, &id).await?;
    named(&api, &caller, found, body.session_name).await?;
    api.core.reconnect(&caller, &id, pair).await?;
    Ok(Json(Begun { success: true, session_id: id, message: "WhatsApp reconnection initiated" }))
}

/// Disconnect a session. The account stays linked.
#[utoipa::path(post, operation_id = "disconnect", path = "/disconnect", tag = "microservice", request_body = Named, responses(
    (status = 200, body = Ended),
    (status = 404, description = "There is no such session", body = MicroserviceError),
))]
pub(super) async fn disconnect(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<Named>,
) -> Result<Json<Ended>, Failure> {
    api.core.disconnect(&caller, &session_id(&body.session_id)?).await?;
    Ok(Json(Ended { success: true, message: "Session disconnected successfully" }))
}

/// Show a session, with the QR code that waits to be scanned.
#[utoipa::path(get, operation_id = "session_status", path = "/session-status/{id}", tag = "microservice",
    params(("id" = String, Path)), responses((status = 200, body = Status)))]
pub(super) async fn status(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Status>, Failure> {
    let session = api.core.session(&caller, &id).await?.session;
    // Whoever scans the code links the session: looking on does not ask for it.
    let code = match caller.has(Scope::Sessions) {
        true => api.core.qr_code(&caller, &id, Duration::ZERO).await?,
        false => None,
    };
    let qr_code = code.map(|code| PairingImage::of(&code.code)?.data_url()).transpose()?;
    Ok(Json(Status { listed: session.into(), qr_code }))
}

/// List your sessions.
#[utoipa::path(get, operation_id = "list_sessions", path = "/sessions", tag = "microservice", responses((status = 200, body = SessionList)))]
pub(super) async fn list(State(api): State<Api>, Signed(caller): Signed) -> Result<Json<SessionList>, Failure> {
    let (mut sessions, mut query) = (Vec::new(), SessionQuery::default());
    loop {
        let page = api.core.sessions(&caller, query.clone()).await?;
        sessions.extend(page.sessions.into_iter().map(Listed::from));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(Json(SessionList { total: sessions.len(), sessions })),
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
