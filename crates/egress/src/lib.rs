//! Every outgoing HTTP request of the gateway.
//!
//! There is one client ([`Egress`]) and one rule about where it may go ([`EgressPolicy`]): public addresses,
//! plus the networks that the operator allows, and never the metadata services of clouds. The rule is applied to
//! the address that is dialled, inside the resolver, so that a name which changes its answer between check and
//! use gains nothing. Redirects are never followed and proxies of the environment are ignored, because both
//! would move the destination after it was checked.
//!
//! - `policy`: what may be dialled, and how long anything may take
//! - `guard`: one address → may it be dialled?
//! - `lookup`: names → addresses, filtered by the guard
//! - `client`: the client and its checks
//! - `message`: what goes out and what comes back
//! - `tls`: the trusted roots

mod client;
mod error;
mod guard;
mod lookup;
mod message;
mod policy;
mod tls;

pub use client::Egress;
pub use error::EgressError;
pub use guard::Refusal;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
pub use lookup::Lookup;
pub use message::{Body, Request, Response};
pub use policy::{EgressPolicy, InvalidNetwork, parse_networks};
pub use url::Url;
