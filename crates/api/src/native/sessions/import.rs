//! Sessions from elsewhere.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchboard_core::{BringIn, Caller, Contents, Core, Error, Scope, to_the_end};
use utoipa::ToSchema;

use super::wire::Session;
use crate::{
    http::{Api, Failure, Signed, StateBody},
    native::problem::Problem,
};

/// Whoever may bring sessions in, and does not ask too often: known before the state is read.
pub(super) struct Mover(Caller);

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
    Mover(caller): Mover,
    StateBody { body, turn }: StateBody<Import>,
) -> Result<(StatusCode, Json<Imported>), Failure> {
    let core = api.core.clone();
    let carried_out = to_the_end(async move {
        let _turn = turn;
        carry_out(&core, &caller, body).await
    });
    let (status, imported) = carried_out.await?;
    Ok((status, Json(imported)))
}

async fn carry_out(core: &Core, caller: &Caller, order: Import) -> Result<(StatusCode, Imported), Error> {
    let Import { id, name, session: state, dry_run } = order;
    let id = id.map(|id| id.parse()).transpose();
    let id = id.map_err(|error: switchboard_model::SessionIdError| Error::invalid("id", error.to_string()))?;
    let (status, session, contents) = if dry_run {
        (StatusCode::OK, None, core.look_into(caller, state).await?)
    } else {
        let (session, contents) = core.bring_in(caller, BringIn { id, name, state }).await?;
        (StatusCode::CREATED, Some(session.into()), contents)
    };
    let Contents { phone, records, warnings } = contents;
    Ok((status, Imported { session, phone, records, warnings }))
}

impl FromRequestParts<Api> for Mover {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let Signed(caller) = Signed::from_request_parts(parts, api).await?;
        caller.require(Scope::Sessions)?;
        api.hand_overs.admit(caller.actor())?;
        Ok(Self(caller))
    }
}
