//! A running gateway, spoken to over its API.

use std::time::Duration;

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use switchboard_egress::{
    Body, Egress, EgressPolicy, HeaderMap, HeaderValue, Method, Request, Response, parse_networks,
};

use super::{Failure, settings};
use crate::config::{Config, Listener, Sources, Values, table};

/// Which gateway, and who asks.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Server {
    /// The gateway to talk to, such as http://127.0.0.1:8080 [env SWITCHBOARD_URL]
    // Not `url`: a webhook has one of its own.
    #[arg(long = "url", id = "gateway_url", global = true, value_name = "URL", help_heading = "Gateway")]
    url: Option<String>,
    /// The API key or login token to present [env SWITCHBOARD_TOKEN, or API_KEY]
    #[arg(long = "token", id = "gateway_token", global = true, value_name = "TOKEN", help_heading = "Gateway")]
    token: Option<String>,
}

/// The gateway's API.
pub(super) struct Remote {
    egress: Egress,
    url: String,
    token: SecretString,
}

/// Long enough for whatever a request may wait for at the other end.
const PATIENCE: Duration = Duration::from_secs(90);
/// A page of a list is far smaller.
const LARGEST_ANSWER: u64 = 64 << 20;

impl Server {
    /// Somebody named the gateway, so it is the one that is meant.
    pub(super) fn is_named(&self) -> bool {
        self.url.is_some() || self.token.is_some()
    }
}

impl Remote {
    pub(super) fn of(server: &Server, sources: &Sources) -> Result<Self, Failure> {
        let (values, config) = settings(sources)?;
        let url = match server.url.clone().or_else(|| given(&values, &table::SERVER_URL)) {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => own_url(&config)?,
        };
        let token = server.token.clone().or_else(|| given(&values, &table::TOKEN));
        let token = token.or_else(|| given(&values, &table::API_KEY)).ok_or(
            "the gateway wants to know who asks: make an API key (`switchboard key create`, or the dashboard) and pass \
             it in SWITCHBOARD_TOKEN or with --token",
        )?;
        Ok(Self { egress: way_out()?, url, token: token.into() })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.ask(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Result<Value, Failure> {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.ask(Method::DELETE, path, None).await
    }

    /// The answer as it is: a picture of a QR code for terminals, for one.
    pub(super) async fn text(&self, path: &str) -> Result<String, Failure> {
        let response = self.send(Method::GET, path, None, PATIENCE, "text/plain").await?;
        Ok(String::from_utf8(response.bytes().await?.to_vec())?)
    }

    /// An answer that goes on for as long as somebody reads it.
    pub(super) async fn stream(&self, path: &str, lasts: Duration) -> Result<Response, Failure> {
        self.send(Method::GET, path, None, lasts, "text/event-stream").await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        let bytes = self.send(method, path, body, PATIENCE, "application/json").await?.bytes().await?;
        if bytes.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&bytes)?) }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        timeout: Duration,
        accept: &'static str,
    ) -> Result<Response, Failure> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.token.expose_secret()))?;
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert("authorization", bearer);
        headers.insert("accept", HeaderValue::from_static(accept));
        let body = body.map_or(Body::Empty, |body| Body::Bytes(body.to_string().into()));
        let request = Request::new(method, format!("{}{path}", self.url));
        let max_response_bytes = if accept == "text/event-stream" { u64::MAX } else { LARGEST_ANSWER };
        let request = Request { headers, body, timeout, max_response_bytes, ..request };
        let response = self.egress.send(request).await.map_err(|error| self.unreachable(&error))?;
        if response.status.is_success() { Ok(response) } else { Err(problem(response).await) }
    }

    fn unreachable(&self, error: &switchboard_egress::EgressError) -> Failure {
        format!(
            "no gateway answers at {}: {error}; start it (`switchboard serve`), or name another with --url",
            self.url
        )
        .into()
    }
}

/// What the gateway says is wrong, in its words.
async fn problem(response: Response) -> Failure {
    let status = response.status;
    let body = response.bytes().await.unwrap_or_default();
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    match said["detail"].as_str() {
        Some(detail) => detail.into(),
        None => format!("the gateway answered HTTP {status} and no reason; is it a Switchboard gateway?").into(),
    }
}

/// Where a gateway with these settings listens.
fn own_url(config: &Config) -> Result<String, Failure> {
    if config.front.tls.is_some() {
        return Err(
            "this gateway speaks HTTPS, under the name in its certificate: name it with --url https://HOST:PORT".into(),
        );
    }
    match config.listen.socket(Listener::Main).filter(|socket| socket.port() != 0) {
        Some(socket) if socket.ip().is_unspecified() => Ok(format!("http://127.0.0.1:{}", socket.port())),
        Some(socket) => Ok(format!("http://{socket}")),
        None => Err("these settings open no main listener at a known port: name the gateway with --url".into()),
    }
}

fn given(values: &Values, setting: &crate::config::Setting) -> Option<String> {
    values.get(setting).map(|value| value.text.clone())
}

/// The person at the keyboard says where to: this machine is as good as any.
fn way_out() -> Result<Egress, Failure> {
    Ok(Egress::new(EgressPolicy::allowing(parse_networks("0.0.0.0/0, ::/0")?))?)
}

/// A part of a path: an id that a person typed may hold anything.
pub(super) fn part(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// What is shown of a field: its text, or a dash.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_paths_hold_anything() {
        assert_eq!(part("sales-1.x"), "sales-1.x");
        assert_eq!(part("a/b?c ü"), "a%2Fb%3Fc%20%C3%BC");
    }
}
