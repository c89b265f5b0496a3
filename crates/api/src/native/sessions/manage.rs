//! Making, listing, naming and deleting sessions.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::Deserialize;
use switchboard_core::{CreateSession, Error, SessionChange, SessionQuery};
use switchboard_model::{Origin, Phone, SessionId, SessionIdError};
use utoipa::{IntoParams, ToSchema};

use super::wire::{Session, SessionPage};
use crate::{
    http::{Api, Failure, JsonBody, QueryOf, SessionPath, Signed, given},
    native::problem::Problem,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    /// Yours to choose: 1 to 64 of `A-Z a-z 0-9 _ - .`; generated if absent.
    #[schema(example = "shop")]
    id: Option<String>,
    /// Shown to people.
    #[schema(example = "The shop's number")]
    name: Option<String>,
}

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeSession {
    #[schema(example = "The shop's number")]
    name: Option<String>,
    /// Whether messages and chats are stored. They are sent, received and told of either way; turned off, the messages
    /// stored so far lose their content too.
    store_messages: Option<bool>,
    /// After so many days messages are deleted, 1 to 36500; null keeps them for good.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    keep_messages_days: Option<Option<u32>>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only the session of this account.
    phone: Option<String>,
    /// Only sessions made through this API: `native`, `wa_api`, `microservice`, `multisession` or `import`.
    origin: Option<String>,
    cursor: Option<String>,
    /// 1000 at most.
    limit: Option<u64>,
}

/// List the sessions you may see, by id.
#[utoipa::path(get, operation_id = "list_sessions", path = "/v1/sessions", tag = "sessions", params(ListQuery), responses(
    (status = 200, body = SessionPage),
    (status = 400, body = Problem),
))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Json<SessionPage>, Failure> {
    Ok(Json(api.core.sessions(&caller, query.try_into()?).await?.into()))
}

/// Make a session. It does nothing until it is connected.
#[utoipa::path(post, operation_id = "create_session", path = "/v1/sessions", tag = "sessions", request_body = NewSession, responses(
    (status = 201, body = Session),
    (status = 400, body = Problem),
    (status = 409, description = "The id is taken", body = Problem),
))]
pub(super) async fn create(
    State(api): State<Api>,
    Signed(caller): Signed,
    JsonBody(body): JsonBody<NewSession>,
) -> Result<impl IntoResponse, Failure> {
    let id = body.id.map(|id| session_id("id", &id)).transpose()?;
    let order = CreateSession { id, name: body.name, origin: Origin::Native };
    let session = api.core.create_session(&caller, order).await?;
    let location = format!("/v1/sessions/{}", session.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(Session::from(session))))
}

/// Show a session: its state, and what waits in its queue.
#[utoipa::path(get, operation_id = "show_session", path = "/v1/sessions/{id}", tag = "sessions", params(("id" = String, Path)), responses(
    (status = 200, body = Session),
    (status = 404, body = Problem),
))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Session>, Failure> {
    Ok(Json(api.core.session(&caller, &id).await?.into()))
}

/// Change a session's name, and what it keeps.
#[utoipa::path(patch, operation_id = "change_session", path = "/v1/sessions/{id}", tag = "sessions", params(("id" = String, Path)),
    request_body = ChangeSession, responses(
    (status = 200, body = Session),
    (status = 400, body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    JsonBody(body): JsonBody<ChangeSession>,
) -> Result<Json<Session>, Failure> {
    Ok(Json(api.core.change_session(&caller, &id, body.into()).await?.into()))
}

/// Delete a session: unlinks the device from the account and wipes all that was stored for it.
#[utoipa::path(delete, operation_id = "delete_session", path = "/v1/sessions/{id}", tag = "sessions", params(("id" = String, Path)), responses(
    (status = 204),
    (status = 404, body = Problem),
))]
pub(super) async fn delete(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<StatusCode, Failure> {
    api.core.delete_session(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ChangeSession> for SessionChange {
    fn from(change: ChangeSession) -> Self {
        let ChangeSession { name, store_messages, keep_messages_days } = change;
        Self { name, store_messages, keep_messages_days }
    }
}

impl TryFrom<ListQuery> for SessionQuery {
    type Error = Error;

    fn try_from(query: ListQuery) -> Result<Self, Error> {
        let phone = |text: String| text.parse::<Phone>().map_err(|error| Error::invalid("phone", error.to_string()));
        let origin =
            |word: String| Origin::parse(&word).ok_or_else(|| Error::invalid("origin", "is not one of the APIs"));
        Ok(Self {
            phone: query.phone.map(phone).transpose()?,
            origin: query.origin.map(origin).transpose()?,
            after: query.cursor.map(|id| session_id("cursor", &id)).transpose()?,
            limit: query.limit,
        })
    }
}

fn session_id(field: &str, text: &str) -> Result<SessionId, Error> {
    text.parse().map_err(|error: SessionIdError| Error::invalid(field, error.to_string()))
}
