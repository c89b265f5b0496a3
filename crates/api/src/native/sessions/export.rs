//! Sessions to elsewhere.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchboard_core::{Contents, Error, Form};
use utoipa::ToSchema;

use crate::{
    http::{Api, Failure, JsonBody, SessionPath, Signed},
    native::{problem::Problem, wire::time},
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Export {
    /// The release of Baileys that is to read it: `baileys7` (default) or `baileys6`.
    #[schema(example = "baileys7")]
    format: Option<String>,
    /// Say what would come along, and hand nothing over.
    #[serde(default)]
    #[schema(example = true)]
    dry_run: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Exported {
    /// The auth state of Baileys: `{creds, keys}`. Absent in a dry run, like the next two.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    session: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<Lease>,
    /// The session token of the hand-over.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// How many records of each kind come along.
    records: BTreeMap<String, usize>,
    /// What does not, and what else the holder should know.
    warnings: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Lease {
    id: String,
    /// Rises with every change of hands.
    epoch: i64,
    expires_at: String,
}

/// Hand a session over, to go on elsewhere as the same linked device. The gateway disconnects without unlinking, and stays
/// away until the session is given back or taken back.
#[utoipa::path(post, operation_id = "export_session", path = "/v1/sessions/{id}/export", tag = "sessions",
    params(("id" = String, Path)), request_body = Export, responses(
    (status = 200, body = Exported),
    (status = 404, body = Problem),
    (status = 409, description = "It is not linked, or another credential has it", body = Problem),
))]
pub(super) async fn export(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    JsonBody(body): JsonBody<Export>,
) -> Result<Json<Exported>, Failure> {
    // A stranger is not told that there is such a session; a key for hand-overs alone may not look at it.
    if let Err(absent @ Error::NotFound { .. }) = api.core.session(&caller, &id).await {
        return Err(absent.into());
    }
    api.hand_overs.admit(caller.actor())?;
    let form = body.format.as_deref().map_or(Ok(Form::default()), str::parse)?;
    if body.dry_run {
        let Contents { records, warnings, .. } = api.core.look_over(&caller, &id, form).await?;
        return Ok(Json(Exported { session: None, lease: None, token: None, records, warnings }));
    }
    let handed = api.core.hand_over(&caller, &id, form).await?;
    let records = handed.records();
    let lease = Lease { id: handed.lease.id, epoch: handed.lease.epoch, expires_at: time(handed.lease.expires_at) };
    Ok(Json(Exported {
        session: Some(handed.state),
        lease: Some(lease),
        token: Some(handed.token.expose_secret().to_owned()),
        records,
        warnings: handed.warnings,
    }))
}
