//! An event as `/v1` shows it.

use serde::Serialize;
use serde_json::Value;
use switchboard_model::Event as ModelEvent;
use utoipa::ToSchema;

use crate::{native::wire::time, shown::shown};

/// One fact about a session.
#[derive(Serialize, ToSchema)]
pub(super) struct Event {
    /// Its place in the log of all sessions, and the cursor to read on from.
    #[schema(example = "1042")]
    pub(super) position: String,
    /// The same in every delivery of this event.
    id: String,
    session: String,
    /// Its place among the events of its session.
    seq: i64,
    at: String,
    #[serde(rename = "type")]
    #[schema(example = "message.received")]
    kind: &'static str,
    /// What happened; its fields go with the type.
    #[schema(value_type = Object)]
    data: Value,
}

#[derive(Serialize, ToSchema)]
pub(super) struct EventPage {
    pub(super) events: Vec<Event>,
    /// Where to go on: pass it as `after`.
    #[schema(example = "1042")]
    pub(super) next_cursor: String,
}

impl From<ModelEvent> for Event {
    fn from(event: ModelEvent) -> Self {
        let mut body = shown(&event.body);
        Self {
            position: event.position.to_string(),
            id: event.id.0,
            session: event.session.to_string(),
            seq: event.seq,
            at: time(event.at),
            kind: event.body.kind(),
            data: body.get_mut("data").map(Value::take).unwrap_or_default(),
        }
    }
}
