//! One event as a line that opens to show everything it says.

use askama::Template;
use switchboard_model::Event;

use super::summary::summary;
use crate::text::Text;

#[derive(Template)]
#[template(path = "events/item.html")]
pub(super) struct Item {
    position: i64,
    session: String,
    at: String,
    kind: &'static str,
    tone: &'static str,
    summary: String,
    raw: String,
}

impl Item {
    pub(super) fn of(t: &'static Text, event: &Event) -> Self {
        let kind = event.body.kind();
        Self {
            position: event.position,
            session: event.session.to_string(),
            at: event.at.to_string(),
            kind,
            tone: tone(kind),
            summary: summary(t, &event.body),
            raw: raw(event),
        }
    }
}

/// Everything it says, but for what opens a message's file.
pub(super) fn raw(event: &Event) -> String {
    serde_json::to_string_pretty(&switchboard_api::shown(event)).unwrap_or_default()
}

fn tone(kind: &str) -> &'static str {
    match kind.split('.').next() {
        Some("session") => "busy",
        Some("message") => "good",
        Some("call" | "contact" | "handover") => "wait",
        _ => "idle",
    }
}
