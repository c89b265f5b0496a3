//! Sessions from elsewhere.

use std::collections::BTreeMap;

use axum::{Json, body::Bytes, extract::State, extract::rejection::BytesRejection, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchboard_core::{BringIn, Error};
use utoipa::ToSchema;

use super::wire::Session;
use crate::{
    http::{Api, Failure, LARGEST_STATE, Signed, parse},
    native::problem::Problem,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Import {
    /// The id to be; generated without one.
    id: Option<String>,
    name: Option<String>,
    /// The auth state of Baileys 7 or 6: `{creds, keys}`, in JSON as its `BufferJSON` writes it. Or `{whatsmeow}`: the
    /// device's row of a whatsmeow store, and a list of rows for each other table, bytes in base64.
    session: Value,
    /// Say what would come along, and bring nothing in.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Imported {
    /// Absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
    phone: Option<String>,
    /// How many records of each kind come along.
    records: BTreeMap<String, usize>,
    /// What does not.
    warnings: Vec<String>,
}

/// Bring a session in from another client. It goes on as the same linked device, so that other client must be stopped for
/// good before this session is told to connect.
#[utoipa::path(post, operation_id = "import_session", path = "/v1/sessions/import", tag = "sessions",
    request_body = Import, responses(
    (status = 201, body = Imported),
    (status = 200, description = "What would come along", body = Imported),
    (status = 400, body = Problem),
    (status = 409, body = Problem),
))]
pub(super) async fn import(
    State(api): State<Api>,
    Signed(caller): Signed,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Imported>), Failure> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge { limit: LARGEST_STATE },
        _ => Failure::invalid("body", "the connection ended before the body did"),
    })?;
    let Import { id, name, session: state, dry_run } = parse(&body)?;
    let id = id.map(|id| id.parse()).transpose();
    let id = id.map_err(|error: switchboard_model::SessionIdError| Error::invalid("id", error.to_string()))?;
    let (status, session, contents) = if dry_run {
        (StatusCode::OK, None, api.core.look_into(&caller, state).await?)
    } else {
        let (session, contents) = api.core.bring_in(&caller, BringIn { id, name, state }).await?;
        (StatusCode::CREATED, Some(session.into()), contents)
    };
    let switchboard_core::Contents { phone, records, warnings } = contents;
    Ok((status, Json(Imported { session, phone, records, warnings })))
}
