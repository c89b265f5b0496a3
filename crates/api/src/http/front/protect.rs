//! Headers that no answer goes without.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::http::host_name;

/// Nothing here is for caches, frames, other sites, or guesses about types. A page that needs more says so itself.
/// `lasting`: from now on the browser comes over HTTPS only.
pub(super) fn protect(headers: &mut HeaderMap, lasting: bool) {
    let mut default = |name, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::CACHE_CONTROL, "no-store");
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::REFERRER_POLICY, "no-referrer");
    default(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    default(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if lasting {
        default(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// On `localhost` the promise of HTTPS would bind every other program of that machine; addresses cannot give it.
pub(super) fn has_a_name(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(host_name).unwrap_or_default();
    !host.is_empty() && !host.eq_ignore_ascii_case("localhost") && host.parse::<IpAddr>().is_err()
}
