//! The gateway over HTTP and WebSocket: thin adapters that read a request, make one call of
//! [`switchboard_core`], and write the answer. They know neither the store nor the protocol.
//!
//! - [`http`]: what all surfaces share: credentials, bodies, ids, errors, limits
//! - [`dialects`]: the documented APIs
//! - [`native`]: `/v1`, with its documentation
//! - `pairing_image`: a pairing code as picture

pub mod dialects;
pub mod http;
pub mod native;
mod pairing_image;
#[cfg(test)]
mod testing;

pub use http::{Api, ApiOptions, Rate};
