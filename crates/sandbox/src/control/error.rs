//! How the control API says no.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::{CallError, GroupError, LinkError, NewsletterError, SendError};
use crate::phone::PhoneError;

#[derive(Debug)]
pub(super) struct Failed {
    status: StatusCode,
    message: String,
}

impl Failed {
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, message: message.into() }
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, message: message.into() }
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, message: message.into() }
    }

    pub(super) fn timeout(message: impl Into<String>) -> Self {
        Self { status: StatusCode::GATEWAY_TIMEOUT, message: message.into() }
    }

    pub(super) fn method_not_allowed() -> Self {
        Self { status: StatusCode::METHOD_NOT_ALLOWED, message: "this path does not take this method".into() }
    }

    pub(super) fn with_status(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (self.status, Json(serde_json::json!({ "error": self.message }))).into_response()
    }
}

impl From<LinkError> for Failed {
    fn from(error: LinkError) -> Self {
        let message = error.to_string();
        match error {
            LinkError::NotAQrCode(_) | LinkError::WrongKeys => Self::bad_request(message),
            LinkError::UnknownRef | LinkError::NobodyWaits => Self::not_found(message),
            LinkError::PhoneOffline | LinkError::Gone | LinkError::Passkey => Self::conflict(message),
        }
    }
}

impl From<PhoneError> for Failed {
    fn from(error: PhoneError) -> Self {
        match error {
            PhoneError::NotShown(_) => Self::not_found(error.to_string()),
            other => Self::bad_request(other.to_string()),
        }
    }
}

impl From<SendError> for Failed {
    fn from(error: SendError) -> Self {
        match error {
            SendError::UnknownNumber(_) => Self::not_found(error.to_string()),
            SendError::Group(error) => error.into(),
            SendError::Newsletter(error) => error.into(),
        }
    }
}

impl From<GroupError> for Failed {
    fn from(error: GroupError) -> Self {
        let message = error.to_string();
        match error {
            GroupError::Unknown | GroupError::NoSuchInvite => Self::not_found(message),
            GroupError::NotAMember(_) | GroupError::NotAnAdmin => Self::forbidden(message),
            GroupError::NotACommunity => Self::bad_request(message),
            GroupError::Elsewhere | GroupError::Announcements => Self::conflict(message),
        }
    }
}

impl From<NewsletterError> for Failed {
    fn from(error: NewsletterError) -> Self {
        let message = error.to_string();
        match error {
            NewsletterError::Unknown | NewsletterError::NoSuchInvite | NewsletterError::NoSuchPost => {
                Self::not_found(message)
            }
            NewsletterError::NotTheOwner | NewsletterError::NotAFollower => Self::forbidden(message),
        }
    }
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        let message = error.to_string();
        match error {
            CallError::Itself => Self::bad_request(message),
            CallError::Unknown => Self::not_found(message),
            CallError::PhoneOffline | CallError::Over(_) | CallError::NotCalled => Self::conflict(message),
        }
    }
}
