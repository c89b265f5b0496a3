//! What the load generator needs of a gateway, ours or another.

use std::time::Duration;

use super::process::Process;

/// One session and the person it talks with.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) session: String,
    pub(crate) number: String,
    pub(crate) peer: String,
}

impl Pair {
    pub(crate) fn numbered(n: usize) -> Self {
        Self { session: format!("s{n:04}"), number: format!("62811{n:07}"), peer: format!("62822{n:07}") }
    }
}

/// Two gateways are driven alike: the requests differ, the traffic does not.
pub(crate) trait Gateway: Sync {
    fn process(&self) -> &Process;

    fn start_up(&self) -> Duration {
        self.process().start_up
    }

    /// Makes a session and gives the code to scan.
    fn begin(&self, pair: &Pair) -> impl Future<Output = anyhow::Result<String>> + Send;

    fn is_connected(&self, pair: &Pair) -> impl Future<Output = anyhow::Result<bool>> + Send;

    /// Returns once the gateway has accepted the message.
    fn send(&self, pair: &Pair, text: &str) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// How many messages have come in, over all sessions.
    fn received(&self) -> impl Future<Output = anyhow::Result<usize>> + Send;

    /// Transactions committed so far, where the gateway counts them.
    fn commits(&self) -> impl Future<Output = anyhow::Result<Option<f64>>> + Send;
}
