//! What goes wrong with a request, before any surface has put it into its own words.

use std::time::Duration;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use switchboard_core::Error;

use crate::native::problem;

/// The holder may just have died: by then its lease has run out more likely than not.
const ELSEWHERE_RETRY: Duration = Duration::from_secs(5);
/// A crowd is gone by then more likely than not, and a database that restarts is often back.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(3);

/// Every way a request can fail. Handlers and extractors return it; the surface's
/// [`ErrorShape`](super::ErrorShape) turns it into the answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// A use case refused, or an extractor in its name.
    Refused(Error),
    UnknownPath,
    WrongMethod,
    TooLarge {
        limit: usize,
    },
    /// A WebSocket endpoint was asked in plain HTTP.
    NoUpgrade,
    /// A handler panicked: a defect of ours.
    Panicked,
}

impl Failure {
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Refused(Error::invalid(field, reason))
    }

    pub fn unauthenticated(reason: impl Into<String>) -> Self {
        Self::Refused(Error::Unauthenticated(reason.into()))
    }

    /// The status where no document asks for another.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(error) => status_of(error),
            Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoUpgrade => StatusCode::UPGRADE_REQUIRED,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code(),
            Self::UnknownPath => "unknown_path",
            Self::WrongMethod => "wrong_method",
            Self::TooLarge { .. } => "too_large",
            Self::NoUpgrade => "websocket_only",
            Self::Panicked => "internal",
        }
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Refused(error) => error.to_string(),
            Self::UnknownPath => "there is nothing at this path".to_owned(),
            Self::WrongMethod => {
                "this path does not know this method; the Allow header names those it knows".to_owned()
            }
            Self::TooLarge { limit } => format!("the body is larger than {limit} bytes"),
            Self::NoUpgrade => "this path speaks WebSocket only".to_owned(),
            Self::Panicked => Error::internal("").to_string(),
        }
    }

    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Refused(Error::Invalid { field, .. }) => Some(field),
            Self::TooLarge { .. } => Some("body"),
            _ => None,
        }
    }

    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(Error::RateLimited { retry_after }) => Some(*retry_after),
            Self::Refused(Error::Elsewhere { .. }) => Some(ELSEWHERE_RETRY),
            Self::Refused(Error::Unavailable(_)) => Some(UNAVAILABLE_RETRY),
            _ => None,
        }
    }

    /// What only the log may say.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => error.detail(),
            Self::Panicked => Some("a handler panicked"),
            _ => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Carries the failure along, for the surface to render. Where no surface does, the native shape stands.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = problem::render(&self);
        response.extensions_mut().insert(self);
        response
    }
}

fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Conflict(_) | Error::NotConnected(_) | Error::LeaseHeld(_) | Error::NotLinked(_) => StatusCode::CONFLICT,
        Error::Invalid { .. } => StatusCode::BAD_REQUEST,
        Error::CursorExpired { .. } => StatusCode::GONE,
        Error::Elsewhere { .. } | Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        // A refusal of the network is for good: an answer that invites a retry would be wrong.
        Error::Unsupported(_) | Error::Engine(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
