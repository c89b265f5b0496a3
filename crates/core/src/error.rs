//! Everything a use case can answer instead of doing what was asked. Each adapter has one mapping of it.

use std::time::Duration;

use switchboard_egress::EgressError;
use switchboard_store::StoreError;

use crate::engine::EngineError;

/// The text of each is for the person who asked: what happened, to what, and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Unauthenticated(String),
    #[error("{0}")]
    Forbidden(String),
    #[error("there is no {kind} {id}")]
    NotFound { kind: &'static str, id: String },
    #[error("{0}")]
    Conflict(String),
    #[error("{field}: {reason}")]
    Invalid { field: String, reason: String },
    /// A position in the event log whose successors are partly forgotten.
    #[error("events up to {oldest} are no longer kept: begin anew after {oldest}")]
    CursorExpired { oldest: i64 },
    /// Another program has the session.
    #[error("{0}")]
    LeaseHeld(String),
    /// No account is linked, so there is nothing to hand over.
    #[error("{0}")]
    NotLinked(String),
    #[error("{0}")]
    NotConnected(String),
    /// Another gateway on the same database runs the session: there it can be done.
    #[error("session {session} is run by another gateway, which cannot be asked now: try again in a moment{}", hint(.address.as_ref()))]
    Elsewhere { session: String, address: Option<String> },
    #[error("{0}")]
    Unsupported(String),
    #[error("too many attempts: try again in {} s", retry_after.as_secs().max(1))]
    RateLimited { retry_after: Duration },
    /// The network, or the engine before it asked the network, will not do it.
    #[error("{0}")]
    Engine(String),
    /// For now: the same may well succeed a moment later. What it holds is for the log.
    #[error("the database did not answer in time: it is overloaded or cannot be reached. Try again in a few seconds")]
    Unavailable(String),
    /// What it holds is for the log: see [`Error::detail`].
    #[error("something went wrong inside the gateway; its log says what")]
    Internal(String),
}

impl Error {
    /// The stable word by which programs know the kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound { .. } => "not_found",
            Self::Conflict(_) => "conflict",
            Self::Invalid { .. } => "invalid",
            Self::CursorExpired { .. } => "cursor_expired",
            Self::LeaseHeld(_) => "lease_held",
            Self::NotLinked(_) => "not_linked",
            Self::NotConnected(_) => "not_connected",
            Self::Elsewhere { .. } => "elsewhere",
            Self::Unsupported(_) => "unsupported",
            Self::RateLimited { .. } => "rate_limited",
            Self::Engine(_) => "engine",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// What only the log may say.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Unavailable(detail) | Self::Internal(detail) => Some(detail),
            _ => None,
        }
    }

    pub fn not_found(kind: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { kind, id: id.into() }
    }

    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    pub fn internal(detail: impl std::fmt::Display) -> Self {
        Self::Internal(detail.to_string())
    }
}

/// So much of what somebody sent as can be said back: it may be long, and harmful on a terminal.
#[must_use]
pub fn excerpt(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn hint(address: Option<&String>) -> &'static str {
    if address.is_some() { "" } else { "; it takes no requests from others until SWITCHBOARD_ADVERTISE says where" }
}

impl From<StoreError> for Error {
    /// Use cases that expect a conflict or a missing reference say so in their own words before it comes to this.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(_) => Self::Conflict("it exists already".to_owned()),
            StoreError::MissingReference(_) => Self::Conflict("it refers to something that is gone".to_owned()),
            StoreError::Invalid(reason) => Self::Invalid { field: "body".to_owned(), reason },
            busy if busy.is_transient() => Self::Unavailable(busy.to_string()),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NotConnected(reason) => {
                Self::NotConnected(format!("{reason}: try again when the session is connected"))
            }
            EngineError::Refused(reason) => Self::Engine(reason),
            EngineError::Missing(what) => Self::NotFound { kind: "such thing on the network:", id: what },
            EngineError::NotAllowed(reason) => Self::Forbidden(reason),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<EgressError> for Error {
    /// For addresses that somebody wants to register.
    fn from(error: EgressError) -> Self {
        match error {
            EgressError::Setup(reason) => Self::Internal(reason),
            other => Self::invalid("url", other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_database_said_is_kept_from_the_client() {
        let error = Error::from(StoreError::Database("syntax error near secret".to_owned()));
        assert!(!error.to_string().contains("secret"));
        assert_eq!((error.code(), error.detail().is_some()), ("internal", true));
    }

    #[test]
    fn a_database_that_is_only_busy_is_worth_another_try() {
        for error in [StoreError::TimedOut, StoreError::Busy("locked".into()), StoreError::Disconnected("reset".into())]
        {
            let error = Error::from(error);
            assert_eq!((error.code(), error.detail().is_some()), ("unavailable", true));
            assert!(error.to_string().contains("Try again"), "{error}");
        }
    }

    #[test]
    fn invalid_input_names_the_field() {
        let error = Error::invalid("phone", "has 3 digits");
        assert_eq!((error.code(), error.to_string().as_str()), ("invalid", "phone: has 3 digits"));
    }
}
