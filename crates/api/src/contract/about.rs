//! A body that names a session, made to name another.

use serde_json::{Value, json};

pub(crate) fn about(mut body: Value, session: &str) -> Value {
    for field in ["sessionId", "deviceId"] {
        if body.get(field).is_some() {
            body[field] = json!(session);
        }
    }
    body
}
