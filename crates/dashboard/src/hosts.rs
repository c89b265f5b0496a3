//! Under which names the pages may be asked for. A name that somebody else's DNS server points here would make their
//! page ours, and its scripts could read everything; an address cannot be pointed anywhere.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Extension,
    extract::Request,
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use switchboard_api::http::{Failure, host_name, own_origin};
use switchboard_core::Error;

use crate::Dashboard;

/// The names allowed beside addresses and `localhost`.
#[derive(Clone, Debug, Default)]
pub struct Hosts(pub Vec<String>);

impl Hosts {
    fn allow(&self, host: &str) -> bool {
        let name = host_name(host).to_ascii_lowercase();
        name.parse::<IpAddr>().is_ok()
            || name == "localhost"
            || self.0.iter().any(|known| known.eq_ignore_ascii_case(&name))
    }
}

/// Refuses rebound names, and what another site's page wants to change.
pub(crate) async fn guard(Extension(dashboard): Extension<Arc<Dashboard>>, request: Request, next: Next) -> Response {
    let refusal = wrong_host(&dashboard.options.hosts, request.headers()).or_else(|| foreign(&request));
    match refusal {
        Some(reason) => Failure::Refused(Error::Forbidden(reason)).into_response(),
        None => next.run(request).await,
    }
}

fn wrong_host(hosts: &Hosts, headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let shown: String = host_name(host).chars().take(100).collect();
    (!hosts.allow(host)).then(|| {
        format!("this dashboard is not known by the name `{shown}`: add it to SWITCHBOARD_DASHBOARD_HOSTS, or use an address")
    })
}

/// Browsers name the origin of everything that may change something.
fn foreign(request: &Request) -> Option<String> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let refuse = || "this request did not come from a page of this dashboard".to_owned();
    (!reads && own_origin(request.headers()) != Some(true)).then(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_chosen_names_are_known() {
        let hosts = Hosts(vec!["gateway.example".to_owned()]);
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "10.1.2.3", "Gateway.Example:443"] {
            assert!(hosts.allow(host), "{host}");
        }
        for host in ["", "evil.example", "127.0.0.1.evil.example", "gateway.example.evil.example", "localhost.evil"] {
            assert!(!hosts.allow(host), "{host:?}");
        }
    }
}
