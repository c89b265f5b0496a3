//! Fragments of pages, sent as server-sent events when what they show changes. The page puts each in the place of the
//! element with the same id.

use std::{convert::Infallible, future::Future, time::Duration};

use askama::Template;
use axum::response::{
    IntoResponse, Response,
    sse::{Event, Sse},
};
use serde::Deserialize;
use switchboard_core::{Error, EventPage, EventQuery, Follower};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};

use crate::visitor::Visitor;

/// Fragments that may wait for a reader.
const QUEUE: usize = 64;
/// Where much happens a whole fragment is drawn no more often.
const REST: Duration = Duration::from_millis(300);

/// What a page of events does to what is shown. Gives nothing when nothing changes.
pub(crate) trait Draw: Send + Sync + 'static {
    /// How often one looks again though nothing happened: where something changes that no event tells of.
    const LOOK: Option<Duration> = None;

    fn draw(
        &mut self,
        visitor: &Visitor,
        page: &EventPage,
    ) -> impl Future<Output = Result<Option<String>, Error>> + Send;
}

/// A fragment that is read anew as a whole.
pub(crate) trait Fragment: Send + Sync + 'static {
    const LOOK: Option<Duration> = None;
    type Drawn: Template + Send;

    fn read(&self, visitor: &Visitor) -> impl Future<Output = Result<Self::Drawn, Error>> + Send;
}

/// Sends a fragment when it is not what was sent last.
pub(crate) struct Whole<F> {
    fragment: F,
    sent: String,
}

impl<F> Whole<F> {
    pub(crate) fn new(fragment: F) -> Self {
        Self { fragment, sent: String::new() }
    }
}

impl<F: Fragment> Draw for Whole<F> {
    const LOOK: Option<Duration> = F::LOOK;

    async fn draw(&mut self, visitor: &Visitor, _: &EventPage) -> Result<Option<String>, Error> {
        tokio::time::sleep(REST).await;
        let html = self.fragment.read(visitor).await?.render().map_err(Error::internal)?;
        if html == self.sent {
            return Ok(None);
        }
        self.sent.clone_from(&html);
        Ok(Some(html))
    }
}

/// Where a page wants its stream to begin.
#[derive(Deserialize)]
pub(crate) struct Begin {
    pub(crate) from: Option<i64>,
}

/// Without one it begins now.
pub(crate) async fn start(visitor: &Visitor, from: Option<i64>) -> Result<i64, Error> {
    match from {
        Some(from) => Ok(from),
        None => visitor.core().newest_event().await,
    }
}

/// Streams for as long as somebody reads, the login is good and the gateway runs. Begins behind `after`, or behind what
/// this reader has seen already.
pub(crate) fn stream(visitor: Visitor, query: EventQuery, after: i64, draw: impl Draw) -> Response {
    let seen = visitor.headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let follower = visitor.core().follow(visitor.caller.clone(), query, seen.unwrap_or(after));
    let (frames, queue) = mpsc::channel(QUEUE);
    tokio::spawn(Pump { visitor, follower, frames, draw }.run());
    let stream = futures_util::stream::unfold(queue, |mut queue| async move { Some((queue.recv().await?, queue)) });
    Sse::new(stream).into_response()
}

struct Pump<D> {
    visitor: Visitor,
    follower: Follower,
    frames: mpsc::Sender<Result<Event, Infallible>>,
    draw: D,
}

/// The reader is gone, or has nothing more to expect.
struct Ended;

impl<D: Draw> Pump<D> {
    async fn run(mut self) -> Result<(), Ended> {
        let mut heartbeat = interval(self.visitor.api.heartbeat());
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut look = interval(D::LOOK.unwrap_or(Duration::MAX));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.visitor.api.stop().clone();
        loop {
            tokio::select! {
                page = self.follower.next() => self.show(page).await?,
                _ = heartbeat.tick() => self.check().await?,
                _ = look.tick(), if D::LOOK.is_some() => self.look().await?,
                () = self.frames.closed() => return Err(Ended),
                () = stop.cancelled() => return Err(Ended),
            }
        }
    }

    async fn show(&mut self, page: Result<EventPage, Error>) -> Result<(), Ended> {
        let drawn = match page {
            Ok(page) => self.draw.draw(&self.visitor, &page).await,
            Err(error) => Err(error),
        };
        match drawn {
            Ok(Some(html)) => self.send(Event::default().event("swap").data(html.replace('\r', ""))).await,
            Ok(None) => Ok(()),
            Err(Error::NotFound { .. }) => self.last("gone").await,
            // What was missed is forgotten: the page is to be loaded anew.
            Err(_) => self.last("stale").await,
        }
    }

    async fn look(&mut self) -> Result<(), Ended> {
        self.check().await?;
        let nothing = EventPage { events: Vec::new(), next: self.follower.position() };
        self.show(Ok(nothing)).await
    }

    async fn check(&self) -> Result<(), Ended> {
        if self.visitor.still_good().await {
            self.send(Event::default().comment("")).await
        } else {
            self.last("stale").await
        }
    }

    async fn last(&self, word: &str) -> Result<(), Ended> {
        // Without data browsers would not tell the page of it.
        self.send(Event::default().event(word).data("1")).await?;
        Err(Ended)
    }

    async fn send(&self, event: Event) -> Result<(), Ended> {
        let event = event.id(self.follower.position().to_string());
        self.frames.send(Ok(event)).await.map_err(|_| Ended)
    }
}
