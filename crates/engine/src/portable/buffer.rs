//! Bytes within JSON, as Baileys writes them: `{"type": "Buffer", "data": "base64"}`.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

pub(super) fn buffer(bytes: &[u8]) -> Value {
    json!({ "type": "Buffer", "data": base64(bytes) })
}

pub(super) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// Reads them in every form that JSON made without Baileys' own writer leaves behind: base64, a list of numbers, an
/// object with numbered fields.
pub(super) fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => from_base64(text),
        Value::Array(items) => items.iter().map(byte).collect(),
        Value::Object(fields) => match fields.get("data") {
            Some(data) if fields.get("type").is_some_and(|kind| kind == "Buffer") => bytes(data),
            _ => numbered(fields),
        },
        _ => None,
    }
}

pub(super) fn fixed<const N: usize>(value: &Value) -> Option<[u8; N]> {
    bytes(value)?.try_into().ok()
}

fn numbered(fields: &serde_json::Map<String, Value>) -> Option<Vec<u8>> {
    (0..fields.len()).map(|at| byte(fields.get(&at.to_string())?)).collect()
}

fn byte(value: &Value) -> Option<u8> {
    u8::try_from(value.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let forms = [
            buffer(&[1, 2, 255]),
            json!({ "type": "Buffer", "data": [1, 2, 255] }),
            json!([1, 2, 255]),
            json!({ "0": 1, "1": 2, "2": 255 }),
            json!("AQL/"),
        ];
        for form in forms {
            assert_eq!(bytes(&form), Some(vec![1, 2, 255]), "{form}");
        }
        for wrong in [json!(null), json!([256]), json!({ "1": 1 }), json!("%")] {
            assert_eq!(bytes(&wrong), None, "{wrong}");
        }
    }
}
