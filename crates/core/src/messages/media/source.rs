//! Where a file comes from, and taking it in.

use std::{fs::File, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use switchboard_egress::{Egress, EgressError, Method, Request};
use tokio::io::AsyncWriteExt;

use crate::Error;

/// The network takes no more.
pub const LARGEST_FILE: u64 = 100 << 20;
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);
/// What sniffing needs.
const HEAD: usize = 4_096;

pub enum Source {
    /// Fetched from there; addresses inside the operator's own network are refused.
    Url(String),
    Bytes(Vec<u8>),
    /// As it comes in, with what its sender calls it.
    Stream {
        chunks: BoxStream<'static, std::io::Result<Bytes>>,
        mimetype: Option<String>,
    },
}

/// A file on this machine's disk, without a name.
pub(super) struct Taken {
    pub(super) file: File,
    pub(super) head: Vec<u8>,
    pub(super) mimetype: Option<String>,
    pub(super) name: Option<String>,
}

pub(super) async fn take(egress: &Egress, source: Source) -> Result<Taken, Error> {
    match source {
        Source::Bytes(bytes) => {
            let chunks = futures_util::stream::iter([Ok(Bytes::from(bytes))]).boxed();
            write(chunks, None, None).await
        }
        Source::Stream { chunks, mimetype } => {
            let broken = |error: std::io::Error| Error::invalid("file", format!("broke off: {error}"));
            write(chunks.map(move |chunk| chunk.map_err(broken)).boxed(), mimetype, None).await
        }
        Source::Url(url) => fetch(egress, &url).await,
    }
}

/// A file that is gone as soon as nobody has it open.
pub(super) async fn nameless() -> Result<File, Error> {
    let made = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(Error::internal)?;
    made.map_err(|error| Error::internal(format!("no temporary file can be made: {error}")))
}

async fn fetch(egress: &Egress, url: &str) -> Result<Taken, Error> {
    let mut request = Request::new(Method::GET, url);
    (request.timeout, request.max_response_bytes) = (FETCH_TIMEOUT, LARGEST_FILE);
    let response = egress.send(request).await.map_err(explain)?;
    if !response.status.is_success() {
        let reason = format!("answered with status {}: redirects are not followed", response.status.as_u16());
        return Err(Error::invalid("url", reason));
    }
    let stated = response.headers.get("content-type").and_then(|value| value.to_str().ok());
    let mimetype = stated.map(|stated| stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().map(str::to_owned);
    let chunks = response.stream().map(|chunk| chunk.map_err(explain)).boxed();
    write(chunks, mimetype, name.filter(|name| !name.is_empty())).await
}

fn explain(error: EgressError) -> Error {
    match error {
        EgressError::TooLarge { .. } => too_large("url"),
        other => Error::invalid("url", other.to_string()),
    }
}

fn too_large(field: &str) -> Error {
    Error::invalid(field, format!("has more than {} MiB, the most that can be sent", LARGEST_FILE >> 20))
}

async fn write(
    mut chunks: BoxStream<'static, Result<Bytes, Error>>,
    mimetype: Option<String>,
    name: Option<String>,
) -> Result<Taken, Error> {
    let mut file = tokio::fs::File::from_std(nameless().await?);
    let (mut head, mut size) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        size += chunk.len() as u64;
        if size > LARGEST_FILE {
            return Err(too_large("file"));
        }
        head.extend_from_slice(&chunk[..chunk.len().min(HEAD - head.len().min(HEAD))]);
        file.write_all(&chunk).await.map_err(|error| full(&error))?;
    }
    file.flush().await.map_err(|error| full(&error))?;
    if size == 0 {
        return Err(Error::invalid("file", "is empty"));
    }
    Ok(Taken { file: file.into_std().await, head, mimetype, name })
}

fn full(error: &std::io::Error) -> Error {
    Error::internal(format!("a file cannot be written to the temporary folder: {error}"))
}
