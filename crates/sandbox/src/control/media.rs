//! The media host: sealed files by their digest. It knows neither keys nor contents.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Net;
use super::error::Failed;
use crate::faults::FaultKind;
use crate::network::Shared;

/// The largest file that the network takes, sealed.
const LARGEST: usize = (100 << 20) + 64;

/// What clients have put there, for as long as the network runs.
#[derive(Default)]
pub(crate) struct MediaHost(Mutex<Files>);

#[derive(Default)]
struct Files {
    whole: HashMap<String, Bytes>,
    /// What came of uploads that have not ended yet, or were cut off.
    begun: HashMap<String, Vec<u8>>,
}

impl MediaHost {
    pub(crate) fn put(&self, token: &str, sealed: Bytes) -> String {
        self.files().whole.insert(token.to_owned(), sealed);
        format!("/v/{token}")
    }

    pub(crate) fn get(&self, direct_path: &str) -> Option<Bytes> {
        let token = direct_path.strip_prefix("/v/")?.split('?').next()?;
        self.files().whole.get(token).cloned()
    }

    /// As real hosts do after some weeks.
    pub(crate) fn forget_all(&self) {
        *self.files() = Files::default();
    }

    /// A piece of an upload, behind what came before it.
    fn go_on(&self, token: &str, offset: usize, piece: &[u8]) -> Result<(), Failed> {
        let mut files = self.files();
        let begun = files.begun.entry(token.to_owned()).or_default();
        if begun.len() < offset {
            return Err(Failed::conflict(format!("{} bytes came so far: ask where to go on", begun.len())));
        }
        if offset + piece.len() > LARGEST {
            return Err(Failed::with_status(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the network takes no files as large as this",
            ));
        }
        begun.truncate(offset);
        begun.extend_from_slice(piece);
        Ok(())
    }

    fn end(&self, token: &str) {
        let mut files = self.files();
        let sealed = files.begun.remove(token).unwrap_or_default();
        files.whole.insert(token.to_owned(), sealed.into());
    }

    /// In the words of the protocol.
    fn progress(&self, token: &str) -> String {
        let files = self.files();
        if files.whole.contains_key(token) {
            return "complete".to_owned();
        }
        files.begun.get(token).map_or(0, Vec::len).to_string()
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
pub(super) struct Upload {
    /// Only asks how far an upload came.
    resume: Option<String>,
    /// Goes on there.
    #[serde(default)]
    file_offset: usize,
}

pub(super) async fn upload(
    State(shared): Net,
    Path((_kind, token)): Path<(String, String)>,
    Query(upload): Query<Upload>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Failed> {
    be_slow(&shared).await;
    let path = format!("/v/{token}");
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("media.sandbox").to_owned();
    let url = format!("https://{host}{path}");
    if upload.resume.is_some() {
        return Ok(Json(json!({ "resume": shared.media.progress(&token), "url": url, "direct_path": path })));
    }
    take(&shared.media, &token, upload.file_offset, body).await?;
    Ok(Json(json!({ "url": url, "direct_path": path })))
}

/// What came before a connection broke stays, so that its client need not begin anew.
async fn take(host: &MediaHost, token: &str, mut offset: usize, body: Body) -> Result<(), Failed> {
    host.go_on(token, offset, &[])?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| Failed::bad_request(format!("the upload was cut off: {error}")))?;
        host.go_on(token, offset, &piece)?;
        offset += piece.len();
    }
    host.end(token);
    Ok(())
}

/// The whole file, or the range of it that is asked for.
pub(super) async fn download(State(shared): Net, Path(token): Path<String>, headers: HeaderMap) -> Response {
    be_slow(&shared).await;
    let gone = shared.with(|world| world.faults.take_any(FaultKind::MediaGone).is_some());
    let picture = token.strip_prefix("picture-").and_then(|id| shared.with(|world| world.pictures.get(id).cloned()));
    let found = picture.map(Bytes::from).or_else(|| shared.media.get(&format!("/v/{token}")));
    let Some(sealed) = found.filter(|_| !gone) else {
        return Failed::not_found("the media host has no such file, or no more").into_response();
    };
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    match range.map(|range| slice(range, sealed.len())) {
        None => sealed.into_response(),
        Some(Some((from, to))) => {
            let stated = format!("bytes {from}-{}/{}", to - 1, sealed.len());
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, stated)], sealed.slice(from..to)).into_response()
        }
        Some(None) => Failed::with_status(StatusCode::RANGE_NOT_SATISFIABLE, "there is no such range").into_response(),
    }
}

async fn be_slow(shared: &Shared) {
    if let Some(pause) = shared.with(|world| world.faults.on_media()) {
        tokio::time::sleep(pause).await;
    }
}

pub(super) async fn forget(State(shared): Net) -> Json<Value> {
    shared.media.forget_all();
    Json(json!({}))
}

fn slice(range: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let from: usize = from.parse().ok()?;
    let to = if to.is_empty() { length } else { to.parse::<usize>().ok()?.saturating_add(1).min(length) };
    (from < to).then_some((from, to))
}
