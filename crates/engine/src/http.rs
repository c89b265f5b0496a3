//! The engine's HTTP, through the gateway's one way out.

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use switchboard_egress::{Body, Egress, HeaderName, HeaderValue, Method, Request};
use url::Url;
use wacore::net::{HttpClient, HttpRequest, HttpResponse};

/// Media of the largest kind a phone sends, with some room.
const LARGEST: u64 = 256 << 20;
const TIMEOUT: Duration = Duration::from_secs(120);

pub(crate) struct EgressHttp {
    egress: Egress,
    network: Option<Url>,
}

impl EgressHttp {
    pub(crate) fn new(egress: Egress, network: Option<Url>) -> Self {
        Self { egress, network }
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
}

#[async_trait]
impl HttpClient for EgressHttp {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        let url = self.destination(&request.url)?;
        let mut outgoing = Request::new(Method::from_bytes(request.method.as_bytes())?, url);
        outgoing.timeout = TIMEOUT;
        outgoing.max_response_bytes = LARGEST;
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes())?;
            outgoing.headers.insert(name, HeaderValue::from_str(value)?);
        }
        if let Some(body) = request.body {
            outgoing.body = Body::Bytes(body);
        }
        let response = self.egress.send(outgoing).await?;
        let status_code = response.status.as_u16();
        Ok(HttpResponse { status_code, body: response.bytes().await?.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(network: Option<&str>, url: &str) -> String {
        let egress = Egress::new(switchboard_egress::EgressPolicy::default()).unwrap();
        EgressHttp::new(egress, network.map(|url| url.parse().unwrap())).destination(url).unwrap()
    }

    #[test]
    fn media_of_a_simulated_network_come_from_that_network() {
        let asked = "https://mmg.example.net/v/t62/x?auth=1&token=2";
        assert_eq!(destination(None, asked), asked);
        let there = destination(Some("ws://127.0.0.1:4567/ws/chat"), asked);
        assert_eq!(there, "http://127.0.0.1:4567/v/t62/x?auth=1&token=2");
    }
}
