//! Keeps web pages away: a browser on this machine reaches loopback for any site it shows.

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::Failed;

pub(super) async fn local_only(request: Request, next: Next) -> Response {
    if is_local(request.headers()) {
        next.run(request).await
    } else {
        Failed::forbidden("the control API answers only to this machine's own programs, not to web sites")
            .into_response()
    }
}

/// A foreign host name means a rebound DNS name, a foreign origin another site's page.
fn is_local(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let origin = headers.get(header::ORIGIN).map(|value| value.to_str().unwrap_or_default());
    host.is_none_or(is_loopback) && origin.is_none_or(|origin| is_loopback(without_scheme(origin)))
}

fn without_scheme(origin: &str) -> &str {
    origin.split_once("://").map_or("", |(_, host)| host)
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_local() {
        for local in ["localhost", "localhost:7080", "127.0.0.1:7080", "[::1]:7080"] {
            assert!(is_loopback(local), "{local}");
        }
        for foreign in ["evil.example", "evil.example:7080", "127.0.0.1.evil.example", "10.0.0.1", ""] {
            assert!(!is_loopback(foreign), "{foreign}");
        }
    }
}
