//! Files, streamed in both directions.

use std::time::Duration;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, TryStreamExt};
use serde::Deserialize;
use switchboard_core::{Error, SendMessage, Source};
use switchboard_model::{AddressError, Context, Jid, Media};
use utoipa::IntoParams;

use super::{content::FileKind, wire::Sent};
use crate::{
    http::{Api, Failure, IdempotencyKey, MessagePath, QueryOf, SessionPath, Signed, file},
    native::problem::Problem,
};

const LONGEST_WAIT: u64 = 60;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FileQuery {
    /// A phone number or JID.
    to: String,
    #[serde(rename = "type")]
    #[param(inline)]
    kind: FileKind,
    caption: Option<String>,
    /// For documents.
    file_name: Option<String>,
    /// How long it plays.
    seconds: Option<u32>,
    /// Audio: a voice note.
    #[serde(default)]
    voice: bool,
    /// Video: plays by itself, over and over.
    #[serde(default)]
    gif: bool,
    #[serde(default)]
    view_once: bool,
    /// Seconds to wait for the network's answer: 0 by default, 60 at most.
    wait: Option<u64>,
}

/// Send a file of up to 100 MiB: the body is the file itself, which passes through without being held in memory.
#[utoipa::path(post, operation_id = "send_file", path = "/v1/sessions/{id}/files", tag = "messages",
    params(("id" = String, Path), FileQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Sent), (status = 202, body = Sent), (status = 400, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn send(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    QueryOf(query): QueryOf<FileQuery>,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, Failure> {
    let to: Jid = query.to.parse().map_err(|error: AddressError| Error::invalid("to", error.to_string()))?;
    let FileQuery { caption, file_name, seconds, voice, gif, .. } = query;
    let mut content = query.kind.content(Media { caption, file_name, seconds, voice, gif, ..Media::default() });
    let mimetype = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let chunks = body.into_data_stream().map_err(std::io::Error::other).boxed();
    api.core.attach(&caller, &session, &mut content, Source::Stream { chunks, mimetype, name: None }).await?;
    let context = Context { view_once: query.view_once, ..Context::default() };
    let order = SendMessage { to, content, context, idempotency_key, only_when_connected: false };
    let limit = Duration::from_secs(query.wait.unwrap_or(0).min(LONGEST_WAIT));
    let (accepted, fate) = api.core.send_and_wait(&caller, &session, order, limit).await?;
    let sent = Sent::with(&session, &accepted, fate.status, fate.reason);
    Ok((sent.status(), [(header::LOCATION, sent.location())], Json(sent)))
}

/// The file of a message, fetched from the network while that has it.
#[utoipa::path(get, operation_id = "show_message_media", path = "/v1/sessions/{id}/messages/{message}/media",
    tag = "messages", params(("id" = String, Path), ("message" = String, Path)), responses(
    (status = 200, description = "The file, as what its message says it is", content_type = "application/octet-stream", body = Vec<u8>),
    (status = 404, description = "No such message, it has no file, or the network has the file no more", body = Problem),
    (status = 409, description = "Not connected", body = Problem)))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    MessagePath(session, message): MessagePath,
) -> Result<Response, Failure> {
    let (media, bytes) = api.core.media(&caller, &session, &message).await?;
    Ok(file::saved(media, bytes))
}
