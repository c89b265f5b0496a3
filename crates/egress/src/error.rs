use std::time::Duration;

use crate::guard::Refusal;

/// Why a request got no answer. Names the host at most: paths and queries often carry secrets.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    #[error("not a usable URL: {0}")]
    InvalidUrl(&'static str),
    #[error("{host} may not be connected to: {refusal}")]
    Refused { host: String, refusal: Refusal },
    #[error("the name {host} could not be resolved: {reason}")]
    Unresolved { host: String, reason: String },
    #[error("no answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("could not connect to {host}: {reason}")]
    Connect { host: String, reason: String },
    #[error("the exchange with {host} broke off: {reason}")]
    Broken { host: String, reason: String },
    #[error("the outgoing HTTP client could not be set up: {0}")]
    Setup(String),
}

impl EgressError {
    /// Would the same request be refused again, whatever the other side does?
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::InvalidUrl(_) | Self::Refused { .. } | Self::Setup(_))
    }
}
