//! One record, one line: for people, or as JSON. Levels are lower-case in both, so that the usual
//! `grep -E "(error|warn|info)"` finds them.

use std::fmt;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// `2026-01-31T12:00:00.123Z info switchboard::serve: listening listener="main"`
pub(super) struct Pretty;

/// `{"timestamp":"…","level":"info","target":"switchboard::serve","message":"listening","listener":"main"}`
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Pretty
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let meta = event.metadata();
        let (start, end) = if writer.has_ansi_escapes() { (colour(*meta.level()), "\x1b[0m") } else { ("", "") };
        write!(writer, "{} {start}{}{end} {}: ", now(), name(*meta.level()), meta.target())?;
        let mut fields = String::new();
        context.field_format().format_fields(Writer::new(&mut fields), event)?;
        // A line break inside a value must not make a line of its own: it could look like another record.
        writeln!(writer, "{}", fields.replace('\n', "\\n").replace('\r', "\\r"))
    }
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let meta = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut record = Map::new();
        record.insert("timestamp".to_owned(), now().into());
        record.insert("level".to_owned(), name(*meta.level()).into());
        record.insert("target".to_owned(), meta.target().into());
        record.extend(fields.0);
        writeln!(writer, "{}", Value::Object(record))
    }
}

#[expect(clippy::disallowed_methods, reason = "a log line tells the machine's own time, in tests too")]
fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        _ => "\x1b[2m",
    }
}

/// The fields of a record as JSON values.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_begin_a_line() {
        let path = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(path.path().join("log")).unwrap();
        let layer = tracing_subscriber::fmt::layer().with_writer(std::sync::Arc::new(file)).event_format(Pretty);
        let subscriber = tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), layer);
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "switchboard", reason = %"a\nb\rc", "x");
        });
        let text = std::fs::read_to_string(path.path().join("log")).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("a\\nb\\rc"), "{text}");
    }

    #[test]
    fn a_json_line_carries_the_fields_and_a_lower_case_level() {
        let path = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(path.path().join("log")).unwrap();
        let layer = tracing_subscriber::fmt::layer().with_writer(std::sync::Arc::new(file)).event_format(Json);
        let subscriber = tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), layer);
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(target: "switchboard", count = 3_u64, late = true, who = "me \"x\"", "a\nb");
        });
        let text = std::fs::read_to_string(path.path().join("log")).unwrap();
        assert_eq!(text.lines().count(), 1);
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["level"], "warn");
        assert_eq!(line["message"], "a\nb");
        assert_eq!((&line["count"], &line["late"], &line["who"]), (&json!(3), &json!(true), &json!("me \"x\"")));
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }
}
