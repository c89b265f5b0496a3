//! JSON over HTTP to a server on this machine.

use std::time::Duration;

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

#[derive(Clone)]
pub(crate) struct Http {
    base: String,
    token: Option<String>,
    client: reqwest::Client,
}

impl Http {
    #[expect(clippy::disallowed_methods, reason = "the load generator speaks to this machine only")]
    pub(crate) fn to(base: String) -> anyhow::Result<Self> {
        // Only plain HTTP is spoken, but the client is built with TLS by whatever else is in the build.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(120)).no_proxy().build()?;
        Ok(Self { base, token: None, client })
    }

    pub(crate) fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.json(path, self.client.post(format!("{}{path}", self.base)).json(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.json(path, self.client.get(format!("{}{path}", self.base))).await
    }

    pub(crate) async fn text(&self, path: &str) -> anyhow::Result<String> {
        Ok(self.client.get(format!("{}{path}", self.base)).send().await?.error_for_status()?.text().await?)
    }

    /// A body of so many MiB, made as it is sent.
    pub(crate) async fn upload(&self, path: &str, mib: usize) -> anyhow::Result<Value> {
        let pieces = stream::iter(0..mib).map(|n| Ok::<_, std::io::Error>(vec![n as u8; 1 << 20]));
        let body = reqwest::Body::wrap_stream(pieces);
        self.json(path, self.client.post(format!("{}{path}", self.base)).body(body)).await
    }

    /// How many bytes an answer has; none is kept.
    pub(crate) async fn download(&self, path: &str) -> anyhow::Result<usize> {
        let request = self.signed(self.client.get(format!("{}{path}", self.base)));
        let mut pieces = request.send().await?.error_for_status()?.bytes_stream();
        let mut bytes = 0;
        while let Some(piece) = pieces.try_next().await? {
            bytes += piece.len();
        }
        Ok(bytes)
    }

    fn signed(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn json(&self, path: &str, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let response = self.signed(request).send().await.with_context(|| path.to_owned())?;
        let (status, body) = (response.status(), response.text().await?);
        anyhow::ensure!(status.is_success(), "{path}: {status} {body}");
        Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
    }
}
