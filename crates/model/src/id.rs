//! Identifiers. Each is its own type, so that one is never taken for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Names one linked account on every surface: `[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}`, case-sensitive.
///
/// The alphabet keeps an id usable as a path segment and as a file name; a leading dot is refused
/// so that no id is a hidden file or `..`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionIdError {
    #[error("a session id has 1 to 64 characters, this one has {0}")]
    Length(usize),
    #[error("a session id uses letters, digits, `_`, `-` and, but for the first place, `.`")]
    Alphabet,
}

impl SessionId {
    pub const MAX: usize = 64;

    /// A new id for a client that did not choose one.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7().to_string())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = SessionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length = text.chars().count();
        if length == 0 || length > Self::MAX {
            return Err(SessionIdError::Length(length));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if text.starts_with('.') || !text.chars().all(allowed) {
            return Err(SessionIdError::Alphabet);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for SessionId {
    type Error = SessionIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user's small integer id; the first administrator is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub i64);

impl UserId {
    pub const ADMIN: Self = Self(1);
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A message's id on the network: the same in answers, events and webhooks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub String);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An event's stable id, the same in every delivery of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub String);

impl EventId {
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_documents_spellings() {
        for id in ["1234567890", "device-001", "my-whatsapp", "session_sales", "a.b", "-x"] {
            assert_eq!(id.parse::<SessionId>().expect(id).as_str(), id);
        }
        assert!(SessionId::generate().to_string().parse::<SessionId>().is_ok());
    }

    #[test]
    fn refuses_what_could_leave_a_folder_or_a_path() {
        for id in ["", ".", "..", ".a", "a/b", "a\\b", "a b", "é", "a\0", "a%2e"] {
            assert!(id.parse::<SessionId>().is_err(), "{id:?}");
        }
        assert_eq!("x".repeat(65).parse::<SessionId>(), Err(SessionIdError::Length(65)));
        assert!("x".repeat(64).parse::<SessionId>().is_ok());
    }
}
