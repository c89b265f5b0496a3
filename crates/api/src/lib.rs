//! The gateway over HTTP and WebSocket: thin adapters that read a request, make one call of
//! [`switchboard_core`], and write the answer. They know neither the store nor the protocol.
//!
//! - [`http`]: what all surfaces share: credentials, bodies, ids, errors, limits
//! - [`dialects`]: the documented APIs
//! - [`native`]: `/v1`, with its documentation
//! - [`webhook_bodies`]: what webhooks say, in the words of each surface
//! - `pairing_image`: a pairing code as picture

#[cfg(test)]
mod contract;
pub mod dialects;
pub mod http;
pub mod native;
mod pairing_image;
mod shown;
#[cfg(test)]
mod testing;
pub mod webhook_bodies;

pub use http::{Api, ApiOptions, Front, Rate};
pub use pairing_image::PairingImage;
pub use shown::shown;
