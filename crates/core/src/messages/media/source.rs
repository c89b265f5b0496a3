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
        name: Option<String>,
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
        Source::Stream { chunks, mimetype, name } => {
            let broken = |error: std::io::Error| Error::invalid("file", format!("broke off: {error}"));
            write(chunks.map(move |chunk| chunk.map_err(broken)).boxed(), mimetype, name).await
        }
        Source::Url(url) => fetch(egress, &url, FETCH_TIMEOUT).await,
    }
}

/// A file that is gone as soon as nobody has it open.
pub(super) async fn nameless() -> Result<File, Error> {
    let made = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(Error::internal)?;
    made.map_err(|error| Error::internal(format!("no temporary file can be made: {error}")))
}

async fn fetch(egress: &Egress, url: &str, timeout: Duration) -> Result<Taken, Error> {
    let mut request = Request::new(Method::GET, url);
    (request.timeout, request.max_response_bytes) = (timeout, LARGEST_FILE);
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

#[cfg(test)]
mod tests {
    use switchboard_egress::EgressPolicy;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// A server that answers every request with this, over and over if asked to.
    async fn server(answer: &'static [u8], endless: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let url = format!("http://{}/picture.png", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = [0; 1024];
                let _ = socket.read(&mut request).await;
                let _ = socket.write_all(answer).await;
                let piece = vec![0; 1 << 20];
                while endless && socket.write_all(&piece).await.is_ok() {}
                // Open until the other side leaves.
                let _ = socket.read(&mut request).await;
            }
        });
        url
    }

    async fn refusal(policy: EgressPolicy, url: &str, timeout: Duration) -> (String, String) {
        let egress = Egress::new(policy).expect("egress");
        match fetch(&egress, url, timeout).await {
            Err(Error::Invalid { field, reason }) => (field, reason),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{url} was taken"),
        }
    }

    #[tokio::test]
    async fn an_address_that_is_private_slow_or_endless_is_refused_in_its_own_words() {
        const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n";
        let soon = Duration::from_secs(60);
        let slow = server(HEAD, false).await;
        let (field, reason) = refusal(EgressPolicy::default(), &slow, soon).await;
        assert_eq!(field, "url");
        assert!(reason.contains("may not be connected to"), "{reason}");
        let (_, reason) = refusal(EgressPolicy::with_loopback(), &slow, Duration::from_millis(200)).await;
        assert!(reason.contains("no answer within"), "{reason}");
        let (_, reason) = refusal(EgressPolicy::with_loopback(), &server(HEAD, true).await, soon).await;
        assert!(reason.contains("100 MiB"), "{reason}");
        let moved =
            server(b"HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n", false).await;
        let (_, reason) = refusal(EgressPolicy::with_loopback(), &moved, soon).await;
        assert!(reason.contains("302"), "{reason}");
    }
}
