//! The engine's HTTP, through the gateway's one way out.

use std::{
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use switchboard_egress::{Body, Egress, EgressError, HeaderName, HeaderValue, Method, Request, Response};
use tokio::runtime::Handle;
use url::Url;
use wacore::net::{HttpClient, HttpRequest, HttpResponse, StreamingHttpResponse, UploadBody};

/// Media of the largest kind a phone sends, with some room.
const LARGEST: u64 = 256 << 20;
const TIMEOUT: Duration = Duration::from_secs(120);
const PIECE: usize = 64 << 10;

pub(crate) struct EgressHttp {
    egress: Egress,
    network: Option<Url>,
    runtime: Handle,
}

impl EgressHttp {
    /// To be made inside the runtime that carries the requests.
    pub(crate) fn new(egress: Egress, network: Option<Url>) -> Self {
        Self { egress, network, runtime: Handle::current() }
    }

    /// The engine writes `https://` and the host that the network named. The simulated network names hosts that only
    /// it serves, so requests go to its own address and keep path and query.
    fn destination(&self, url: &str) -> anyhow::Result<String> {
        let Some(network) = &self.network else { return Ok(url.to_owned()) };
        let asked = Url::parse(url).context("the engine asked for something that is not a URL")?;
        let mut there = network.clone();
        let scheme = if network.scheme() == "wss" { "https" } else { "http" };
        // `ws` and `http` are of one kind to the parser, so this cannot fail for the URLs that options allow.
        there.set_scheme(scheme).map_err(|()| anyhow::anyhow!("the network's URL must begin with ws:// or wss://"))?;
        there.set_path(asked.path());
        there.set_query(asked.query());
        Ok(there.into())
    }

    fn outgoing(&self, request: &HttpRequest) -> anyhow::Result<Request> {
        let url = self.destination(&request.url)?;
        let mut outgoing = Request::new(Method::from_bytes(request.method.as_bytes())?, url);
        outgoing.timeout = TIMEOUT;
        outgoing.max_response_bytes = LARGEST;
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes())?;
            outgoing.headers.insert(name, HeaderValue::from_str(value)?);
        }
        Ok(outgoing)
    }
}

#[async_trait]
impl HttpClient for EgressHttp {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        let mut outgoing = self.outgoing(&request)?;
        if let Some(body) = request.body {
            outgoing.body = Body::Bytes(body);
        }
        answer(self.egress.send(outgoing).await?).await
    }

    fn supports_streaming(&self) -> bool {
        true
    }

    fn execute_streaming(&self, request: HttpRequest) -> anyhow::Result<StreamingHttpResponse> {
        let outgoing = self.outgoing(&request)?;
        let response = self.runtime.block_on(self.egress.send(outgoing))?;
        let status_code = response.status.as_u16();
        let body = Arriving { runtime: self.runtime.clone(), chunks: response.stream(), rest: Bytes::new() };
        Ok(StreamingHttpResponse { status_code, body: Box::new(body) })
    }

    fn supports_upload_streaming(&self) -> bool {
        true
    }

    fn execute_upload(&self, request: HttpRequest, body: UploadBody, length: u64) -> anyhow::Result<HttpResponse> {
        let mut outgoing = self.outgoing(&request)?;
        outgoing.body = Body::Stream { chunks: leaving(body), length: Some(length) };
        self.runtime.block_on(async { answer(self.egress.send(outgoing).await?).await })
    }
}

async fn answer(response: Response) -> anyhow::Result<HttpResponse> {
    let status_code = response.status.as_u16();
    Ok(HttpResponse { status_code, body: response.bytes().await?.to_vec() })
}

/// Reads a file piece by piece. The pieces come from the local disk, so the reading thread is not held up for long.
fn leaving(body: UploadBody) -> BoxStream<'static, io::Result<Bytes>> {
    let body = Arc::new(Mutex::new(body));
    stream::try_unfold(body, |body| async move {
        let piece = {
            let mut reader = body.lock().unwrap_or_else(PoisonError::into_inner);
            let mut piece = vec![0; PIECE];
            let count = reader.read(&mut piece)?;
            piece.truncate(count);
            piece
        };
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), body)))
    })
    .boxed()
}

/// An answer that is read by a thread that may wait.
struct Arriving {
    runtime: Handle,
    chunks: BoxStream<'static, Result<Bytes, EgressError>>,
    rest: Bytes,
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.runtime.block_on(self.chunks.next()) {
                Some(chunk) => self.rest = chunk.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let piece = self.rest.split_to(buffer.len().min(self.rest.len()));
        buffer[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(network: Option<&str>, url: &str) -> String {
        let egress = Egress::new(switchboard_egress::EgressPolicy::default()).unwrap();
        EgressHttp::new(egress, network.map(|url| url.parse().unwrap())).destination(url).unwrap()
    }

    #[tokio::test]
    async fn media_of_a_simulated_network_come_from_that_network() {
        let asked = "https://mmg.example.net/v/t62/x?auth=1&token=2";
        assert_eq!(destination(None, asked), asked);
        let there = destination(Some("ws://127.0.0.1:4567/ws/chat"), asked);
        assert_eq!(there, "http://127.0.0.1:4567/v/t62/x?auth=1&token=2");
    }
}
