//! One name for each request, in its answer and in the log.

use std::fmt;

use axum::{extract::Request, http::HeaderValue};
use uuid::Uuid;

const HEADER: &str = "x-request-id";
const LONGEST: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The client's own where it is short and plain, else a new one.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let given = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
        Self(given.filter(|id| is_plain(id)).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("-"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_plain(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}
