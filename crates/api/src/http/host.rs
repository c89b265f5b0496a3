//! What a browser says about where a request was led to, and from where.

use axum::http::{HeaderMap, header};

/// The name in a Host header, without its port.
#[must_use]
pub fn host_name(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Whether the request came from a page of the same host and port; `None` when it does not say where it came from.
#[must_use]
pub fn own_origin(headers: &HeaderMap) -> Option<bool> {
    let origin = headers.get(header::ORIGIN)?;
    let own = |origin: &str, host: &str| {
        origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")).is_some_and(|place| place == host)
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    Some(origin.to_str().ok().zip(host).is_some_and(|(origin, host)| own(origin, host)))
}
