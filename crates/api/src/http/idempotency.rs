//! The `Idempotency-Key` header: the same request under the same key sends nothing twice.

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{Api, Failure};

const HEADER: &str = "Idempotency-Key";
const LONGEST: usize = 255;

pub struct IdempotencyKey(pub Option<String>);

impl FromRequestParts<Api> for IdempotencyKey {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Failure> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let key = value.to_str().map(str::trim).unwrap_or_default();
        if key.is_empty() || key.len() > LONGEST {
            return Err(Failure::invalid(HEADER, format!("has 1 to {LONGEST} printable ASCII characters")));
        }
        Ok(Self(Some(key.to_owned())))
    }
}
