//! The media host: sealed files by their digest. It knows neither keys nor contents.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Net;
use super::error::Failed;
use crate::faults::FaultKind;
use crate::network::Shared;

/// The largest file that the network takes, sealed.
pub(super) const LARGEST: usize = (100 << 20) + 64;

/// What clients have put there, for as long as the network runs.
#[derive(Default)]
pub(crate) struct MediaHost(Mutex<HashMap<String, Bytes>>);

impl MediaHost {
    pub(crate) fn put(&self, token: &str, sealed: Bytes) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_owned(), sealed);
        format!("/v/{token}")
    }

    pub(crate) fn get(&self, direct_path: &str) -> Option<Bytes> {
        let token = direct_path.strip_prefix("/v/")?.split('?').next()?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    /// As real hosts do after some weeks.
    pub(crate) fn forget_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[derive(Deserialize)]
pub(super) struct Upload {
    /// Only asks how far an upload came.
    resume: Option<String>,
}

pub(super) async fn upload(
    State(shared): Net,
    Path((_kind, token)): Path<(String, String)>,
    Query(upload): Query<Upload>,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    be_slow(&shared).await;
    let path = format!("/v/{token}");
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("media.sandbox").to_owned();
    let url = format!("https://{host}{path}");
    if upload.resume.is_some() {
        let resume = if shared.media.get(&path).is_some() { "complete" } else { "0" };
        return Json(json!({ "resume": resume, "url": url, "direct_path": path }));
    }
    shared.media.put(&token, body);
    Json(json!({ "url": url, "direct_path": path }))
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
