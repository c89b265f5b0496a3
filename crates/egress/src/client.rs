use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use crate::error::EgressError;
use crate::lookup::{Filtered, Lookup, LookupError, permitted};
use crate::message::{Body, Request, Response};
use crate::policy::EgressPolicy;
use crate::tls;

/// The gateway's only way out over HTTP. Cheap to clone: all clones share one connection pool.
#[derive(Debug, Clone)]
pub struct Egress {
    client: reqwest::Client,
    lookup: Lookup,
    policy: Arc<EgressPolicy>,
}

impl Egress {
    pub fn new(policy: EgressPolicy) -> Result<Self, EgressError> {
        Self::with_lookup(policy, Lookup::system())
    }

    /// As [`Egress::new`], with another resolver.
    pub fn with_lookup(policy: EgressPolicy, lookup: Lookup) -> Result<Self, EgressError> {
        let policy = Arc::new(policy);
        let client = build(&policy, lookup.clone())?;
        Ok(Self { client, lookup, policy })
    }

    /// Checks a URL that somebody wants to register. A name that does not resolve is accepted: it is checked
    /// again at every use.
    pub async fn check_url(&self, url: &str) -> Result<Url, EgressError> {
        let url = self.check_form(url)?;
        if let Some(Host::Domain(host)) = url.host() {
            let lookup = tokio::time::timeout(self.policy.connect_timeout, self.lookup.addresses(host));
            if let Ok(Ok(addresses)) = lookup.await {
                refused(permitted(&self.policy, addresses).err().as_ref(), host)?;
            }
        }
        Ok(url)
    }

    /// Sends a request. Whatever status comes back is an answer; errors are the lack of one.
    pub async fn send(&self, request: Request) -> Result<Response, EgressError> {
        let url = self.check_form(&request.url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let (timeout, limit) = (request.timeout, request.max_response_bytes);
        let builder = self.client.request(request.method, url).headers(request.headers).timeout(timeout);
        let sent = attach(builder, request.body).send().await;
        let body = sent.map_err(|error| explain(&error, &host, timeout))?;
        if body.content_length().is_some_and(|length| length > limit) {
            return Err(EgressError::TooLarge { limit });
        }
        Ok(Response { status: body.status(), headers: body.headers().clone(), body, host, timeout, limit })
    }

    /// What can be said about a URL without asking anybody. Literal addresses are judged here, because the
    /// client dials them without its resolver.
    fn check_form(&self, url: &str) -> Result<Url, EgressError> {
        let url = Url::parse(url).map_err(|_| EgressError::InvalidUrl("write it like https://example.com/path"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EgressError::InvalidUrl("only http and https are supported"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressError::InvalidUrl("it must not contain a user name or password"));
        }
        match url.host() {
            None => return Err(EgressError::InvalidUrl("it names no host")),
            Some(Host::Ipv4(address)) => self.check_address(address.into())?,
            Some(Host::Ipv6(address)) => self.check_address(address.into())?,
            Some(Host::Domain(_)) => {}
        }
        Ok(url)
    }

    fn check_address(&self, address: IpAddr) -> Result<(), EgressError> {
        let permitted = self.policy.permits(address);
        permitted.map_err(|refusal| EgressError::Refused { host: address.to_string(), refusal })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one client of the gateway")]
fn build(policy: &Arc<EgressPolicy>, lookup: Lookup) -> Result<reqwest::Client, EgressError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(&policy.extra_roots_pem)?)
        .dns_resolver(Filtered { lookup, policy: policy.clone() })
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .user_agent(&policy.user_agent)
        .connect_timeout(policy.connect_timeout)
        .read_timeout(policy.read_timeout)
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(32)
        .build()
        .map_err(|error| EgressError::Setup(error.to_string()))
}

fn attach(builder: reqwest::RequestBuilder, body: Body) -> reqwest::RequestBuilder {
    match body {
        Body::Empty => builder,
        Body::Bytes(bytes) => builder.body(bytes),
        Body::Stream { chunks, length } => {
            let builder = builder.body(reqwest::Body::wrap_stream(chunks));
            match length {
                Some(length) => builder.header(http::header::CONTENT_LENGTH, length),
                None => builder,
            }
        }
    }
}

/// Refusals count at registration; a name that leads nowhere yet does not.
fn refused(error: Option<&LookupError>, host: &str) -> Result<(), EgressError> {
    match error {
        Some(LookupError::Refused(refusal)) => Err(EgressError::Refused { host: host.to_owned(), refusal: *refusal }),
        Some(LookupError::Unresolved(_)) | None => Ok(()),
    }
}

/// Says in our words what the client reports in its own, which include the whole URL.
pub(crate) fn explain(error: &reqwest::Error, host: &str, timeout: Duration) -> EgressError {
    let host = host.to_owned();
    match LookupError::within(error) {
        Some(LookupError::Refused(refusal)) => return EgressError::Refused { host, refusal: *refusal },
        Some(LookupError::Unresolved(reason)) => return EgressError::Unresolved { host, reason: reason.clone() },
        None => {}
    }
    if error.is_timeout() {
        EgressError::Timeout(timeout)
    } else if error.is_connect() {
        EgressError::Connect { host, reason: root_cause(error) }
    } else {
        EgressError::Broken { host, reason: root_cause(error) }
    }
}

fn root_cause(error: &dyn Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| "no reason given".to_owned(), ToString::to_string)
}
