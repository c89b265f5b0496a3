//! Looking at calls, and declining one.

use axum::{Json, extract::State};
use serde::Deserialize;
use switchboard_core::{CallQuery, Error};
use switchboard_model::{AddressError, CallStatus};
use utoipa::IntoParams;

use super::wire::{Call, CallPage, CallStats};
use crate::{
    http::{Api, CallPath, Failure, QueryOf, SessionPath, Signed, cursor},
    native::problem::Problem,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only this caller's: a phone number or JID.
    from: Option<String>,
    /// Only calls since this time (RFC 3339).
    since: Option<String>,
    /// Only calls of this status.
    status: Option<String>,
    cursor: Option<String>,
    /// 50 by default, 200 at most.
    limit: Option<u64>,
}

/// List a session's calls, newest first.
#[utoipa::path(get, operation_id = "list_calls", path = "/v1/sessions/{id}/calls", tag = "calls", params(("id" = String, Path), ListQuery),
    responses((status = 200, body = CallPage), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Json<CallPage>, Failure> {
    let page = api.core.calls(&caller, &session, query.try_into()?).await?;
    let next_cursor = page.next.map(|(at, id)| cursor::write(at, &id));
    Ok(Json(CallPage { calls: page.calls.into_iter().map(Call::from).collect(), next_cursor }))
}

/// Figures about all calls of a session.
#[utoipa::path(get, operation_id = "call_stats", path = "/v1/sessions/{id}/call-stats", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = CallStats), (status = 404, body = Problem)))]
pub(super) async fn stats(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
) -> Result<Json<CallStats>, Failure> {
    Ok(Json(api.core.call_stats(&caller, &session).await?.into()))
}

/// Decline a call that rings.
#[utoipa::path(post, operation_id = "reject_call", path = "/v1/sessions/{id}/calls/{call}/reject", tag = "calls",
    params(("id" = String, Path), ("call" = String, Path)), responses(
    (status = 200, body = Call),
    (status = 404, body = Problem),
    (status = 409, description = "It rings no more, or the session is not connected", body = Problem),
))]
pub(super) async fn reject(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    CallPath(call): CallPath,
) -> Result<Json<Call>, Failure> {
    Ok(Json(api.core.reject_call(&caller, &session, &call).await?.into()))
}

impl TryFrom<ListQuery> for CallQuery {
    type Error = Error;

    fn try_from(query: ListQuery) -> Result<Self, Error> {
        let from = |text: String| text.parse().map_err(|error: AddressError| Error::invalid("from", error.to_string()));
        let since = |text: String| text.parse().map_err(|_| Error::invalid("since", "is a time in RFC 3339"));
        let status = |word: String| {
            CallStatus::parse(&word).ok_or_else(|| Error::invalid("status", "is not a status of a call"))
        };
        Ok(Self {
            from: query.from.map(from).transpose()?,
            since: query.since.map(since).transpose()?,
            status: query.status.map(status).transpose()?,
            before: query.cursor.as_deref().map(cursor::read).transpose()?,
            limit: query.limit,
        })
    }
}
