//! A request that may have to be sent once more. What the handler reads of its body is kept; what it leaves unread can
//! still be read.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, Method, Uri, header};
use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use switchboard_api::http::Encrypted;

/// A handler that has read more than this knows where its session runs, and whatever is longer was not read by then.
const MOST_KEPT: usize = 4 << 20;

pub(super) struct Copy {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    client: Option<SocketAddr>,
    encrypted: bool,
    body: Shared,
}

/// The same request, to be made of another gateway.
pub(super) struct Again {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) client: SocketAddr,
    pub(super) encrypted: bool,
    pub(super) host: Option<String>,
    pub(super) body: BoxStream<'static, Result<Bytes, axum::Error>>,
}

impl Copy {
    /// The request as it goes on, and what is needed to make it again.
    pub(super) fn of(request: Request) -> (Request, Self) {
        let (parts, body) = request.into_parts();
        let body = Shared::of(body);
        let copy = Self {
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            headers: parts.headers.clone(),
            client: parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(client)| *client),
            encrypted: parts.extensions.get::<Encrypted>().is_some_and(|encrypted| encrypted.0),
            body: body.clone(),
        };
        (Request::from_parts(parts, Body::from_stream(body)), copy)
    }

    /// Nothing if more was read than is kept.
    pub(super) fn again(self) -> Option<Again> {
        let host = self.headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
        let Self { method, uri, headers, client, encrypted, body } = self;
        Some(Again { method, uri, headers, client: client?, encrypted, host, body: body.whole()? })
    }
}

#[derive(Clone)]
struct Shared(Arc<Mutex<Kept>>);

struct Kept {
    read: Vec<Bytes>,
    size: usize,
    rest: BodyDataStream,
}

impl Shared {
    fn of(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Kept { read: Vec::new(), size: 0, rest: body.into_data_stream() })))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn whole(self) -> Option<BoxStream<'static, Result<Bytes, axum::Error>>> {
        let read = {
            let mut kept = self.kept();
            (kept.size <= MOST_KEPT).then(|| std::mem::take(&mut kept.read))?
        };
        Some(stream::iter(read.into_iter().map(Ok)).chain(self).boxed())
    }
}

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut kept = self.kept();
        let next = kept.rest.poll_next_unpin(context);
        if let Poll::Ready(Some(Ok(bytes))) = &next {
            kept.keep(bytes);
        }
        next
    }
}

impl Kept {
    fn keep(&mut self, bytes: &Bytes) {
        self.size = self.size.saturating_add(bytes.len());
        if self.size <= MOST_KEPT {
            self.read.push(bytes.clone());
        } else {
            self.read.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(chunks: Vec<Vec<u8>>) -> (Request, Copy) {
        let body = Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>)));
        let mut request =
            Request::builder().method("POST").uri("/v1/x").header("host", "a.example").body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([203, 0, 113, 9], 1))));
        Copy::of(request)
    }

    async fn all(copy: Copy) -> Vec<u8> {
        let chunks: Vec<_> = copy.again().unwrap().body.map(Result::unwrap).collect().await;
        chunks.concat()
    }

    #[tokio::test]
    async fn read_half_read_or_unread_it_is_whole_again() {
        let chunks = || vec![b"one ".to_vec(), b"two ".to_vec(), b"three".to_vec()];
        for read in 0..=4 {
            let (request, copy) = copied(chunks());
            let mut body = request.into_body().into_data_stream();
            for _ in 0..read {
                drop(body.next().await);
            }
            drop(body);
            assert_eq!(all(copy).await, b"one two three", "{read}");
        }
    }

    #[tokio::test]
    async fn what_was_read_beyond_all_bounds_cannot_be_repeated() {
        let (request, copy) = copied(vec![vec![0; MOST_KEPT], vec![1]]);
        axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
        assert!(copy.again().is_none());
        let (_unread, copy) = copied(vec![vec![0; MOST_KEPT], vec![1]]);
        assert_eq!(all(copy).await.len(), MOST_KEPT + 1);
    }
}
