//! Log records go to standard error; standard output belongs to the command.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// `LOG_LEVEL` is a level, or levels by module: `info`, `warn,switchboard_sandbox=debug`.
#[expect(clippy::disallowed_methods, reason = "the network alone has no configuration of its own")]
pub(crate) fn start() {
    let asked = std::env::var("LOG_LEVEL").ok().and_then(|level| level.parse::<Targets>().ok());
    let filter = asked.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines).with(filter).init();
}
