//! A session that another program runs for now.

use axum::{Json, extract::State};
use serde::Serialize;
use switchboard_core::Error;
use utoipa::ToSchema;

use super::wire::Session;
use crate::{
    http::{Api, Failure, SessionPath, Signed},
    native::{problem::Problem, wire::time},
};

/// Who runs the session instead of this gateway.
#[derive(Serialize, ToSchema)]
pub(super) struct Handover {
    /// The credential that it was handed over to.
    #[schema(example = "key:019a3c1e-6b1a-7c32-9d2f-4a7f6c0e1b5d")]
    holder: String,
    lease: String,
    /// Rises with every change of hands.
    epoch: i64,
    taken_at: String,
    renewed_at: String,
    expires_at: String,
    /// Its time is over. It stays with its holder all the same until it is given or taken back.
    expired: bool,
}

impl From<switchboard_core::Handover> for Handover {
    fn from(handover: switchboard_core::Handover) -> Self {
        let switchboard_core::Handover { lease, holder, taken_at, renewed_at, expired } = handover;
        Self {
            holder,
            lease: lease.id,
            epoch: lease.epoch,
            taken_at: time(taken_at),
            renewed_at: time(renewed_at),
            expires_at: time(lease.expires_at),
            expired,
        }
    }
}

/// Take a session back from the program it was handed over to, with or without its consent. What that program may have
/// used is dropped: conversations begin anew.
#[utoipa::path(post, operation_id = "take_session_back", path = "/v1/sessions/{id}/take-back", tag = "sessions", params(("id" = String, Path)), responses(
    (status = 200, body = Session),
    (status = 404, body = Problem),
    (status = 409, description = "The session is not handed over", body = Problem),
))]
pub(super) async fn take_back(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Session>, Failure> {
    // A stranger is not told that there is such a session; a key for hand-overs alone may not look at it.
    if let Err(absent @ Error::NotFound { .. }) = api.core.session(&caller, &id).await {
        return Err(absent.into());
    }
    api.core.take_back(&caller, &id).await?;
    Ok(Json(api.core.session(&caller, &id).await?.into()))
}
