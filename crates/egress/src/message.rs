use std::fmt;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, Stream, StreamExt};
use http::{HeaderMap, Method, StatusCode};

use crate::error::EgressError;

/// One outgoing request, with its limits.
#[derive(Debug)]
pub struct Request {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Body,
    /// From the first lookup to the last byte of the answer.
    pub timeout: Duration,
    pub max_response_bytes: u64,
}

impl Request {
    /// A request with the limits of a webhook: 15 s, 1 MiB.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Body::Empty,
            timeout: Duration::from_secs(15),
            max_response_bytes: 1 << 20,
        }
    }
}

/// What is sent along.
pub enum Body {
    Empty,
    Bytes(Bytes),
    /// A body of known or unknown length that is not held in memory.
    Stream {
        chunks: BoxStream<'static, io::Result<Bytes>>,
        length: Option<u64>,
    },
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Stream { length, .. } => write!(f, "Stream({length:?})"),
        }
    }
}

/// An answer of whatever status; its body has not been read yet.
#[derive(Debug)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub(crate) body: reqwest::Response,
    pub(crate) host: String,
    pub(crate) timeout: Duration,
    pub(crate) limit: u64,
}

impl Response {
    /// The whole body, if it stays within the request's limit.
    pub async fn bytes(self) -> Result<Bytes, EgressError> {
        let mut chunks = self.stream();
        let mut whole = BytesMut::new();
        while let Some(chunk) = chunks.next().await {
            whole.extend_from_slice(&chunk?);
        }
        Ok(whole.freeze())
    }

    /// The first bytes of the body, for showing what a receiver said; the rest is not read.
    pub async fn excerpt(self, length: usize) -> Bytes {
        let mut chunks = self.stream();
        let mut start = BytesMut::new();
        while start.len() < length {
            let Some(Ok(chunk)) = chunks.next().await else { break };
            start.extend_from_slice(&chunk[..chunk.len().min(length - start.len())]);
        }
        start.freeze()
    }

    /// The body as it arrives; an error ends it, among them going over the limit.
    pub fn stream(self) -> BoxStream<'static, Result<Bytes, EgressError>> {
        chunks(self).boxed()
    }
}

fn chunks(response: Response) -> impl Stream<Item = Result<Bytes, EgressError>> {
    let Response { body, host, timeout, limit, .. } = response;
    let mut left = limit;
    let within = body.bytes_stream().map(move |chunk| {
        let chunk = chunk.map_err(|error| crate::client::explain(&error, &host, timeout))?;
        left = left.checked_sub(chunk.len() as u64).ok_or(EgressError::TooLarge { limit })?;
        Ok(chunk)
    });
    until_error(within)
}

/// Ends a stream after its first error, so that nobody reads on past a limit.
fn until_error<T>(stream: impl Stream<Item = Result<T, EgressError>>) -> impl Stream<Item = Result<T, EgressError>> {
    stream.scan(false, |failed, item| {
        let item = (!*failed).then_some(item);
        *failed |= matches!(item, Some(Err(_)));
        std::future::ready(item)
    })
}
