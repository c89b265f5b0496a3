//! Logs: to standard error and to a rotated file, in lower-case levels, pretty or JSON.
//!
//! [`filter`] decides what is recorded at all, before any sink sees it.

mod file;
mod filter;
mod format;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, fmt};

use crate::config::{Log, LogFormat};

/// Flushes what is still buffered when it is dropped; keep it until the process ends.
#[must_use]
pub struct LogGuard {
    _file: Option<WorkerGuard>,
}

/// Starts logging for this process. A second call in one process changes nothing.
pub fn start(log: &Log) -> std::io::Result<LogGuard> {
    let (file, guard) = match &log.file {
        Some(path) => {
            let (writer, guard) = NonBlockingBuilder::default().thread_name("log").finish(file::RotatedFile::open(
                path.clone(),
                log.file_bytes,
                log.file_count,
            )?);
            (Some(sink(log.format, false, writer)), Some(guard))
        }
        None => (None, None),
    };
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let set = tracing_subscriber::registry()
        .with(filter::filter(log.level))
        .with(sink(log.format, colour, std::io::stderr))
        .with(file)
        .try_init();
    // An embedding program or a test may log already.
    let _ = set;
    Ok(LogGuard { _file: guard })
}

fn sink<S, W>(form: LogFormat, colour: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    W: for<'w> fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = fmt::layer().with_writer(writer).with_ansi(colour);
    match form {
        LogFormat::Pretty => layer.event_format(format::Pretty).boxed(),
        LogFormat::Json => layer.event_format(format::Json).boxed(),
    }
}
