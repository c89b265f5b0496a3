//! The worker: one task that decides, many that read, call and write down.

use std::{future::Future, sync::Arc, time::Duration};

use switchboard_core::{Caller, Core, Desk, Endpoint, Error, Lane, Trial};
use switchboard_model::WebhookMode;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Encoders, Settings,
    attempt::{Claimed, Ended, Tools},
    board::{Action, Board, Fetch, Page},
    feed, gauges, holder,
};

/// How long the worker sleeps when nothing is planned.
const IDLE: Duration = Duration::from_secs(3600);
/// Pages read at once: the store has few connections for readers, and others want them too.
const FETCHES: usize = 8;

/// Delivers webhooks. Run once for each process.
pub struct Worker {
    tools: Arc<Tools>,
    board: Board,
    tasks: TaskTracker,
    inbox: mpsc::UnboundedReceiver<Message>,
    outbox: mpsc::UnboundedSender<Message>,
    trials: Option<mpsc::Receiver<Trial>>,
    held_until: Option<Instant>,
    fetching: usize,
}

/// What the tasks tell the worker.
pub(crate) enum Message {
    /// The webhooks are held for a while longer; these, if anything about them changed.
    Held {
        endpoints: Option<Vec<Endpoint>>,
        until: Instant,
    },
    News {
        lanes: Vec<Lane>,
        anew: bool,
    },
    Fetched {
        fetch: Fetch,
        page: Option<Page>,
    },
    Finished {
        lane: Lane,
        pos: i64,
        ended: Ended,
    },
}

impl Worker {
    pub fn new(core: &Core, encoders: Encoders, settings: Settings) -> Result<Self, Error> {
        let (desk, settings) = (core.delivery_desk(&Caller::System)?, Arc::new(settings));
        let (outbox, inbox) = mpsc::unbounded_channel();
        Ok(Self {
            trials: desk.trials(),
            board: Board::new(settings.clone()),
            tools: Arc::new(Tools { desk, encoders, settings }),
            tasks: TaskTracker::new(),
            inbox,
            outbox,
            held_until: None,
            fetching: 0,
        })
    }

    /// Until told to stop; attempts under way are finished first.
    pub async fn run(mut self, stop: CancellationToken) {
        let helpers = self.start_helpers().await;
        loop {
            self.dispatch();
            let sleep = self.until_next_timer();
            tokio::select! {
                () = stop.cancelled() => break,
                message = self.inbox.recv() => self.take(message),
                trial = next_trial(&mut self.trials) => self.try_out(trial),
                () = tokio::time::sleep(sleep) => {}
            }
            while let Ok(message) = self.inbox.try_recv() {
                self.take(Some(message));
            }
            self.board.wake(self.desk().now());
        }
        drop(helpers);
        self.wind_up().await;
    }

    /// Delivers nothing: only makes the attempts that somebody asks for, until told to stop.
    pub async fn try_only(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                trial = next_trial(&mut self.trials) => self.try_out(trial),
            }
        }
    }

    /// They end when they are dropped.
    async fn start_helpers(&self) -> tokio::task::JoinSet<()> {
        let (desk, settings) = (self.desk().clone(), self.tools.settings.clone());
        // Before any webhook is held: lanes with rows up to here are looked up then.
        let after = desk.look_for_events().await.unwrap_or(0);
        let mut helpers = tokio::task::JoinSet::new();
        helpers.spawn(feed::follow(desk.clone(), after, settings.clone(), self.outbox.clone()));
        helpers.spawn(holder::keep(desk.clone(), settings, self.outbox.clone()));
        helpers.spawn(gauges::keep(desk));
        helpers
    }

    async fn wind_up(self) {
        self.tasks.close();
        self.tasks.wait().await;
        if let Err(error) = self.tools.desk.release().await {
            tracing::warn!(%error, "webhooks could not be let go of; other gateways take them a little later");
        }
    }

    fn dispatch(&mut self) {
        let now = self.desk().now();
        while self.may_go_on()
            && let Some(action) = self.board.next(now)
        {
            match action {
                Action::Attempt(claimed) => self.deliver(claimed),
                Action::Fetch(fetch) => self.fetch(fetch),
            }
        }
    }

    fn may_go_on(&self) -> bool {
        self.held_until.is_some_and(|until| Instant::now() < until)
            && self.board.under_way < self.tools.settings.at_once
            && self.fetching < FETCHES
    }

    fn take(&mut self, message: Option<Message>) {
        let now = self.desk().now();
        match message {
            Some(Message::Held { endpoints, until }) => {
                self.held_until = Some(until);
                for webhook in endpoints.map(|endpoints| self.board.hold(endpoints)).unwrap_or_default() {
                    self.look_up(webhook);
                }
            }
            Some(Message::News { lanes, anew }) => self.board.news(lanes, anew),
            Some(Message::Fetched { fetch, page }) => {
                self.fetching -= 1;
                self.board.fetched(&fetch, page, now);
            }
            Some(Message::Finished { lane, pos, ended }) => self.finished(lane, pos, ended),
            None => {}
        }
    }

    fn finished(&mut self, lane: Lane, pos: i64, ended: Ended) {
        let now = self.desk().now();
        if self.board.finished(&lane, pos, ended, now) {
            self.hasten(lane.webhook);
        }
    }

    fn deliver(&self, claimed: Claimed) {
        let lane = Lane { webhook: claimed.row.webhook.clone(), session: claimed.row.session.clone() };
        let (tools, pos) = (self.tools.clone(), claimed.row.pos);
        self.spawn(async move { Some(Message::Finished { ended: tools.deliver(claimed).await, lane, pos }) });
    }

    fn fetch(&mut self, fetch: Fetch) {
        self.fetching += 1;
        let tools = self.tools.clone();
        self.spawn(async move {
            let page = read_page(&tools, &fetch).await;
            let page = page.inspect_err(|error| tracing::warn!(%error, "deliveries cannot be read yet")).ok();
            Some(Message::Fetched { fetch, page })
        });
    }

    /// Everything this webhook has to deliver.
    fn look_up(&self, webhook: String) {
        let tools = self.tools.clone();
        self.spawn(async move { lanes_of(&tools, &webhook).await });
    }

    /// What failed while it was away does not wait any longer.
    fn hasten(&self, webhook: String) {
        let tools = self.tools.clone();
        self.spawn(async move {
            if let Err(error) = tools.desk.hasten(&webhook).await {
                tracing::warn!(%webhook, %error, "deliveries keep waiting for their next attempts");
            }
            lanes_of(&tools, &webhook).await
        });
    }

    fn try_out(&self, trial: Option<Trial>) {
        let (tools, Some(trial)) = (self.tools.clone(), trial) else { return };
        self.spawn(async move {
            tools.try_out(trial).await;
            None
        });
    }

    fn spawn(&self, work: impl Future<Output = Option<Message>> + Send + 'static) {
        let outbox = self.outbox.clone();
        self.tasks.spawn(async move {
            if let Some(message) = work.await {
                // Nobody listens any more once the worker stops.
                let _ = outbox.send(message);
            }
        });
    }

    fn until_next_timer(&self) -> Duration {
        self.board.next_timer().map_or(IDLE, |at| at.since(self.desk().now()))
    }

    fn desk(&self) -> &Desk {
        &self.tools.desk
    }
}

async fn read_page(tools: &Tools, fetch: &Fetch) -> Result<Page, Error> {
    let limit = tools.settings.page;
    if fetch.mode == WebhookMode::Fifo {
        let rows = tools.desk.head_of(&fetch.lane, limit).await?;
        return Ok(Page { more: rows.len() as u64 == limit, rows, next: None });
    }
    let (rows, next) = tools.desk.due_of(&fetch.lane, &fetch.under_way, limit).await?;
    // Not until a page is empty does the store say when the next row is due.
    Ok(Page { more: !rows.is_empty(), rows, next })
}

async fn lanes_of(tools: &Tools, webhook: &str) -> Option<Message> {
    loop {
        match tools.desk.lanes_of(webhook).await {
            Ok(lanes) => return Some(Message::News { lanes, anew: true }),
            Err(error) => tracing::warn!(%webhook, %error, "deliveries cannot be read yet"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn next_trial(trials: &mut Option<mpsc::Receiver<Trial>>) -> Option<Trial> {
    match trials {
        Some(trials) => match trials.recv().await {
            Some(trial) => Some(trial),
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}
