//! What all sinks have in common: hold, read, publish, settle; on failure wait longer each time.

use std::time::Duration;

use rand::RngExt as _;
use switchboard_core::{Caller, Core, Error, SinkDesk};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{Record, Sink, SinkError, gauges::Gauges};
use crate::Encoders;

/// How fast and how patient followers are.
#[derive(Clone, Debug)]
pub struct SinkSettings {
    /// Events published at once.
    pub batch: u64,
    /// How long a server may take for a batch.
    pub timeout: Duration,
    /// The first pause after a failure; each further one is twice as long.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// How often an idle server is asked whether it is there.
    pub check_every: Duration,
    /// How long another gateway waits before it takes a sink whose gateway is gone.
    pub hold: Duration,
}

impl Default for SinkSettings {
    fn default() -> Self {
        Self {
            batch: 256,
            timeout: Duration::from_secs(15),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            check_every: Duration::from_secs(5),
            hold: Duration::from_secs(60),
        }
    }
}

/// How a sink is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SinkState {
    /// Its server has not been asked yet.
    Starting,
    Well,
    /// Why its server takes nothing, in words.
    Failing(String),
}

/// Brings the log to one sink. Run once for each sink and process.
pub struct Follower {
    desk: SinkDesk,
    sink: Box<dyn Sink>,
    encoders: Encoders,
    settings: SinkSettings,
    state: watch::Sender<SinkState>,
    gauges: Gauges,
    /// Events published at once; fewer while one among them is looked for that the server does not take.
    batch: u64,
    held: Option<Held>,
    failures: u32,
}

/// The cursor, good until another gateway may have the sink.
#[derive(Clone, Copy)]
struct Held {
    cursor: i64,
    renew_at: Instant,
}

/// What stands in the way.
enum Trouble {
    Gateway(Error),
    Server(SinkError),
}

impl Follower {
    pub fn new(
        core: &Core,
        name: &'static str,
        sink: impl Sink + 'static,
        encoders: Encoders,
        settings: SinkSettings,
    ) -> Result<Self, Error> {
        Ok(Self {
            desk: core.sink_desk(&Caller::System, name)?,
            sink: Box::new(sink),
            encoders,
            batch: settings.batch,
            settings,
            state: watch::Sender::new(SinkState::Starting),
            gauges: Gauges::of(name),
            held: None,
            failures: 0,
        })
    }

    /// How the sink is, for those who ask now and then.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<SinkState> {
        self.state.subscribe()
    }

    /// Until told to stop; a batch under way is finished first.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut newest = self.desk.newest();
        while !stop.is_cancelled() {
            newest.borrow_and_update();
            let pause = match self.step().await {
                Ok(true) => continue,
                Ok(false) => self.settings.check_every,
                Err(trouble) => self.failed(&trouble),
            };
            // News are no reason to try sooner what just failed.
            let woken = async {
                if self.failures > 0 || newest.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(pause) => {}
                () = woken => {}
            }
        }
        if let Err(error) = self.desk.release().await {
            tracing::warn!(sink = self.desk.name(), %error, "the sink could not be let go of");
        }
    }

    /// One batch; false if there was nothing to do.
    async fn step(&mut self) -> Result<bool, Trouble> {
        let Some(cursor) = self.hold().await? else {
            // Another gateway feeds it; that the server is there is still worth knowing.
            self.check().await?;
            return Ok(false);
        };
        let taken = self.desk.events(cursor, self.batch).await?;
        if taken.missed > 0 {
            self.gauges.missed(taken.missed);
            tracing::error!(
                sink = self.desk.name(),
                missed = taken.missed,
                "events were forgotten before the sink took them: its server was away for longer than they are kept"
            );
        }
        if taken.next == cursor {
            self.check().await?;
            self.gauges.lag(0, Duration::ZERO);
            return Ok(false);
        }
        if let Some(oldest) = taken.events.first() {
            let age = self.desk.now().since(oldest.at);
            self.gauges.lag(self.desk.behind(cursor).await?, age);
        }
        let batch: Vec<_> = taken.events.into_iter().filter_map(|event| self.record(event)).collect();
        self.deliver(&batch, taken.next).await?;
        Ok(true)
    }

    /// Publishes, and moves the cursor behind what was published or set aside.
    async fn deliver(&mut self, batch: &[Record], next: i64) -> Result<(), Trouble> {
        match self.publish(batch).await {
            Err(Trouble::Server(SinkError::Unfit(why))) => {
                if !self.may_set_aside(batch, &why) {
                    return Ok(());
                }
            }
            done => done?,
        }
        self.batch = (self.batch * 2).min(self.settings.batch);
        self.settle(next).await
    }

    /// Something in the batch is refused for good. It is looked for in smaller batches; alone it is set aside, because
    /// everything behind it would wait for ever.
    fn may_set_aside(&mut self, batch: &[Record], why: &str) -> bool {
        self.gauges.failed();
        let [record] = batch else {
            self.batch = (self.batch / 2).max(1);
            return false;
        };
        let (event, position) = (&record.event.id.0, record.event.position);
        tracing::error!(
            sink = self.desk.name(),
            event,
            position,
            why,
            "the sink refuses an event for good; it is set aside"
        );
        self.gauges.set_aside();
        true
    }

    fn record(&self, event: switchboard_model::Event) -> Option<Record> {
        let body = self.encoders.native(&event)?.bytes;
        Some(Record { event, body })
    }

    async fn hold(&mut self) -> Result<Option<i64>, Trouble> {
        if let Some(held) = self.held.filter(|held| Instant::now() < held.renew_at) {
            return Ok(Some(held.cursor));
        }
        let renew_at = Instant::now() + self.settings.hold / 3;
        self.held = self.desk.hold(self.settings.hold).await?.map(|cursor| Held { cursor, renew_at });
        Ok(self.held.map(|held| held.cursor))
    }

    async fn publish(&mut self, batch: &[Record]) -> Result<(), Trouble> {
        if batch.is_empty() {
            return Ok(());
        }
        let limit = self.settings.timeout;
        timeout(limit, self.sink.publish(batch)).await.unwrap_or(Err(SinkError::Late(limit)))?;
        self.gauges.published(batch.len());
        self.well();
        Ok(())
    }

    async fn check(&mut self) -> Result<(), Trouble> {
        let limit = self.settings.timeout;
        timeout(limit, self.sink.check()).await.unwrap_or(Err(SinkError::Late(limit)))?;
        self.well();
        Ok(())
    }

    async fn settle(&mut self, position: i64) -> Result<(), Trouble> {
        let still = self.desk.settle(position).await?;
        self.held = self.held.filter(|_| still).map(|held| Held { cursor: position, ..held });
        Ok(())
    }

    fn well(&mut self) {
        self.failures = 0;
        let was = self.state.send_replace(SinkState::Well);
        if matches!(was, SinkState::Failing(_)) {
            tracing::info!(sink = self.desk.name(), "the sink is back");
        }
    }

    /// How long to wait.
    fn failed(&mut self, trouble: &Trouble) -> Duration {
        self.gauges.failed();
        let why = match trouble {
            Trouble::Gateway(error) => format!("the gateway cannot read or write: {error}"),
            Trouble::Server(error) => error.to_string(),
        };
        if self.failures == 0 {
            tracing::warn!(sink = self.desk.name(), %why, "the sink takes nothing; its events wait");
        }
        self.state.send_replace(SinkState::Failing(why));
        // What the database holds is asked again: the answer to a change may have been lost.
        self.held = None;
        self.failures = self.failures.saturating_add(1);
        if matches!(trouble, Trouble::Server(SinkError::Unusable(_))) {
            return self.settings.longest_pause;
        }
        let pause = self.settings.first_pause.saturating_mul(1 << (self.failures - 1).min(16));
        pause.min(self.settings.longest_pause).mul_f64(rand::rng().random_range(0.8..1.2))
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Gateway(error)
    }
}

impl From<SinkError> for Trouble {
    fn from(error: SinkError) -> Self {
        Self::Server(error)
    }
}
