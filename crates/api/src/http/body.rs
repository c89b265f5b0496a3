//! JSON bodies, whatever `Content-Type` says; what is wrong with one is said by field.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;

use super::{Api, Failure, surface::LARGEST_BODY, words};

const LONGEST_REASON: usize = 200;

/// A request's body. An empty one is `{}`.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Api> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Failure> {
        let bytes = Bytes::from_request(request, api).await.map_err(|rejection| unread(&rejection, LARGEST_BODY))?;
        parse(&bytes).map(Self)
    }
}

/// Parses one JSON document and names the field that does not fit.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    let bytes = match bytes.trim_ascii().first() {
        None => b"{}",
        Some(b'{') => bytes,
        // A list would be taken for the fields in their order.
        Some(_) => return Err(Failure::invalid("body", "must be a JSON object")),
    };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| misfit(&error.path().to_string(), error.inner()))?;
    reader.end().map_err(|error| misfit(".", &error))?;
    Ok(value)
}

pub(super) fn unread(rejection: &axum::extract::rejection::BytesRejection, limit: usize) -> Failure {
    if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Failure::TooLarge { limit };
    }
    Failure::invalid("body", "the connection ended before the body did")
}

fn misfit(path: &str, error: &serde_json::Error) -> Failure {
    let text = error.to_string();
    if !error.is_data() {
        return Failure::invalid("body", format!("is not JSON: {}", shortened(&text)));
    }
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    let at = if path == "." { None } else { Some(path) };
    match quoted(reason, "missing field `") {
        Some(name) => Failure::invalid(within(at, name), "is missing"),
        None => match quoted(reason, "unknown field `") {
            // The path ends in the unknown field itself.
            Some(name) => Failure::invalid(at.unwrap_or(name), shortened(reason)),
            None => Failure::invalid(at.unwrap_or("body"), shortened(&words::plain(reason))),
        },
    }
}

fn within(parent: Option<&str>, name: &str) -> String {
    parent.map_or_else(|| name.to_owned(), |parent| format!("{parent}.{name}"))
}

fn quoted<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.split('`').next()
}

/// A wrong value is quoted by the parser, and can be a megabyte.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_REASON {
        return text.to_owned();
    }
    text.chars().take(LONGEST_REASON).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use switchboard_core::Error;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[serde(rename = "to")]
        _to: String,
        #[serde(rename = "inner")]
        _inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[serde(rename = "count")]
        _count: u8,
    }

    fn refusal(json: &str) -> (String, String) {
        match parse::<Order>(json.as_bytes()) {
            Err(Failure::Refused(Error::Invalid { field, reason })) => (field, reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (json, field, reason) in [
            ("", "to", "is missing"),
            (r#"{"to":5}"#, "to", "must be a text"),
            (r#"{"to":"x","inner":{}}"#, "inner.count", "is missing"),
            (r#"{"to":"x","inner":{"count":300}}"#, "inner.count", "must be a whole number from 0 to 255"),
            (r#"{"to":"x","tow":1}"#, "tow", "unknown field `tow`, expected `to` or `inner`"),
            ("[\"x\"]", "body", "must be a JSON object"),
            ("null", "body", "must be a JSON object"),
            ("\u{feff}{}", "body", "must be a JSON object"),
        ] {
            let (found, said) = refusal(json);
            assert_eq!((found.as_str(), said.as_str()), (field, reason), "{json}");
        }
    }

    #[test]
    fn what_is_not_json_is_said_to_be_not_json() {
        for json in ["{", "{\"to\":", "{nul", "{\"to\":\"x\"} {}", "{\"to\":\"\u{1}\"}"] {
            let (field, reason) = refusal(json);
            assert_eq!((field.as_str(), reason.starts_with("is not JSON: ")), ("body", true), "{json}: {reason}");
        }
        assert_eq!(refusal(&"{\"inner\":".repeat(100_000)).0, "body");
    }

    #[test]
    fn a_huge_wrong_value_is_not_sent_back() {
        for huge in [
            format!(r#"{{"to":"x","inner":"{}"}}"#, "y".repeat(500_000)),
            format!(r#"{{"to":"x","{}":1}}"#, "y".repeat(500_000)),
        ] {
            let (_, reason) = refusal(&huge);
            assert!(reason.len() < 300, "{}", reason.len());
        }
    }
}
