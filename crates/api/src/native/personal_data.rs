//! A person's data: handed out, and erased.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde::Serialize;
use switchboard_core::{Entry, Erased as CoreErased, Error, Export};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::problem::Problem;
use crate::{
    http::{Api, Failure, PersonPath, Signed},
    shown::shown,
};

const LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(erase))
}

/// How much of each kind was erased.
#[derive(Serialize, ToSchema)]
struct Erased {
    chats: u64,
    messages: u64,
    /// Messages of others that the person's reactions, votes, quotes or mentions were taken out of.
    changed_messages: u64,
    /// Messages that waited to be sent to the person.
    queued: u64,
    calls: u64,
    blocks: u64,
    number_checks: u64,
    events: u64,
    /// To webhooks: made, waiting or given up.
    deliveries: u64,
}

/// Hand out everything that is stored about a person, as lines of JSON: each has a `type` (`person`, `chat`, `call`,
/// `block`, `number_check`, `message`, `event`) and `data`.
#[utoipa::path(get, operation_id = "export_person", path = "/v1/sessions/{id}/people/{person}/export", tag = "people",
    params(("id" = String, Path), ("person" = String, Path, description = "A phone number, or a JID of a person")), responses(
    (status = 200, description = "One entry a line", content_type = "application/x-ndjson", body = String),
    (status = 400, description = "Not a person", body = Problem),
    (status = 404, body = Problem),
))]
async fn export(
    State(api): State<Api>,
    Signed(caller): Signed,
    PersonPath(session, person): PersonPath,
) -> Result<Response, Failure> {
    let export = api.core.export_person(&caller, &session, &person).await?;
    let pages = stream::try_unfold(export, page);
    Ok(([(header::CONTENT_TYPE, LINES)], Body::from_stream(pages)).into_response())
}

/// Erase a person from everything that a session stores. What others wrote stays, without the person's reactions, votes
/// and quotes. A request that was cut off may be made again.
#[utoipa::path(delete, operation_id = "erase_person", path = "/v1/sessions/{id}/people/{person}", tag = "people",
    params(("id" = String, Path), ("person" = String, Path, description = "A phone number, or a JID of a person")), responses(
    (status = 200, body = Erased),
    (status = 400, description = "Not a person", body = Problem),
    (status = 404, body = Problem),
))]
async fn erase(
    State(api): State<Api>,
    Signed(caller): Signed,
    PersonPath(session, person): PersonPath,
) -> Result<Json<Erased>, Failure> {
    Ok(Json(api.core.erase_person(&caller, &session, &person).await?.into()))
}

async fn page(mut export: Export) -> Result<Option<(String, Export)>, Error> {
    let Some(entries) = export.next().await? else { return Ok(None) };
    Ok(Some((entries.iter().map(line).collect(), export)))
}

fn line(entry: &Entry) -> String {
    format!("{}\n", shown(entry))
}

impl From<CoreErased> for Erased {
    fn from(erased: CoreErased) -> Self {
        let CoreErased { rows, messages, changed, events, deliveries } = erased;
        Self {
            chats: rows.chats,
            messages,
            changed_messages: changed,
            queued: rows.queued,
            calls: rows.calls,
            blocks: rows.blocks,
            number_checks: rows.number_checks,
            events,
            deliveries,
        }
    }
}
