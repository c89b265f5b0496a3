//! What may be recorded at all. It stands before every sink, so nothing can leak around it.

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterFn, filter_fn};

/// The protocol engine writes phone numbers and keys into its records: none of them may pass.
/// `log` is what a bridge from the `log` crate would call every record, the engine's among them.
const SILENCED: [&str; 4] = ["whatsapp_rust", "wacore", "waproto", "log"];

pub(super) type RecordFilter = FilterFn<Box<dyn Fn(&Metadata<'_>) -> bool + Send + Sync>>;

/// A layer that lets through what [`passes`].
pub(super) fn filter(level: LevelFilter) -> RecordFilter {
    let decide: Box<dyn Fn(&Metadata<'_>) -> bool + Send + Sync> =
        Box::new(move |meta| passes(level, meta.target(), *meta.level()));
    filter_fn(decide).with_max_level_hint(level)
}

/// Our own records pass up to the level that was asked for. Other libraries print statements, headers and
/// frames when they are talkative, so of theirs only warnings and errors pass.
fn passes(asked: LevelFilter, target: &str, level: Level) -> bool {
    let ours = is_within(target, "switchboard");
    let limit = if ours { asked } else { asked.min(LevelFilter::WARN) };
    level <= limit && !SILENCED.iter().any(|name| is_within(target, name))
}

/// `wacore`, `wacore::client` and `wacore_libsignal::ratchet` are within `wacore`; `logger` is not within `log`.
fn is_within(target: &str, name: &str) -> bool {
    target.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::format::Pretty;
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt as _;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Sink {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn recorded(level: LevelFilter, work: impl FnOnce()) -> String {
        let sink = Sink::default();
        let layer = tracing_subscriber::fmt::layer().with_writer(sink.clone()).with_ansi(false).event_format(Pretty);
        let subscriber = tracing_subscriber::registry().with(filter(level)).with(layer);
        tracing::subscriber::with_default(subscriber, work);
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn the_engines_records_never_reach_a_sink() {
        let text = recorded(LevelFilter::TRACE, || {
            tracing::error!(target: "whatsapp_rust", "to 491701234567");
            tracing::error!(target: "whatsapp_rust::client", "to 491701234567");
            tracing::warn!(target: "wacore", "to 491701234567");
            tracing::error!(target: "wacore_libsignal::protocol", "to 491701234567");
            tracing::error!(target: "waproto", "to 491701234567");
            tracing::error!(target: "log", "to 491701234567");
            tracing::trace!(target: "switchboard_engine", "kept");
        });
        assert!(text.contains("kept") && !text.contains("491701234567"), "{text}");
    }

    #[test]
    fn other_libraries_may_only_warn() {
        let text = recorded(LevelFilter::TRACE, || {
            tracing::debug!(target: "hyper::proto", "authorization: Bearer hush");
            tracing::warn!(target: "hyper::proto", "closed early");
        });
        assert!(text.contains("closed early") && !text.contains("hush"), "{text}");
    }

    #[test]
    fn the_level_limits_our_own_records() {
        let text = recorded(LevelFilter::WARN, || {
            tracing::info!(target: "switchboard::serve", "quiet");
            tracing::warn!(target: "switchboard::serve", "loud");
        });
        assert!(text.contains(" warn switchboard::serve: loud") && !text.contains("quiet"), "{text}");
    }
}
