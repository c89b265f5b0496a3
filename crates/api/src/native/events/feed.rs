//! A reader's place in the log: a task that follows it, and a short queue that the reader has to keep empty.

use serde::Serialize;
use switchboard_core::{EventPage, EventQuery, Follower};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Interval, MissedTickBehavior, interval},
};

use super::wire::Event;
use crate::http::{Api, Failure, SignedSocket};

/// Events that may wait for a reader.
const QUEUE: usize = 256;

/// What a reader gets.
pub(super) enum Item {
    Event(Box<Event>),
    /// Nothing for this reader up to here.
    Quiet {
        position: i64,
    },
    /// The last item.
    Closed(Farewell),
}

/// Why a feed ends.
#[derive(Serialize)]
pub(super) struct Farewell {
    #[serde(rename = "type")]
    kind: &'static str,
    pub(super) code: &'static str,
    pub(super) detail: String,
}

pub(super) struct Feed {
    items: mpsc::Receiver<Item>,
    farewell: Option<oneshot::Receiver<Farewell>>,
}

impl Feed {
    /// Begins behind `after`, or with what comes from now on. Refuses what the reader may not see, and a position
    /// that is forgotten.
    pub(super) async fn open(
        api: &Api,
        signed: SignedSocket,
        query: EventQuery,
        after: Option<i64>,
    ) -> Result<Self, Failure> {
        let after = match after {
            Some(after) => after,
            None => api.core.newest_event().await?,
        };
        let probe = EventQuery { limit: Some(1), ..query.clone() };
        api.core.events(&signed.reader.caller, &probe, after).await?;
        let follower = api.core.follow(signed.reader.clone(), query, after);
        let (items, queue) = mpsc::channel(QUEUE);
        let (farewell, last) = oneshot::channel();
        let mut heartbeat = interval(api.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let pump = Pump { api: api.clone(), signed, follower, items, heartbeat };
        tokio::spawn(async move {
            if let Err(Some(reason)) = pump.run().await {
                let _ = farewell.send(reason);
            }
        });
        Ok(Self { items: queue, farewell: Some(last) })
    }

    /// The next item; nothing after the last.
    pub(super) async fn next(&mut self) -> Option<Item> {
        match self.items.recv().await {
            Some(item) => Some(item),
            None => self.farewell.take()?.await.ok().map(Item::Closed),
        }
    }
}

struct Pump {
    api: Api,
    signed: SignedSocket,
    follower: Follower,
    items: mpsc::Sender<Item>,
    heartbeat: Interval,
}

/// Ends the pump; without a word when nobody is there to hear it.
type Ended = Option<Farewell>;

impl Pump {
    async fn run(mut self) -> Result<(), Ended> {
        self.heartbeat.tick().await;
        loop {
            tokio::select! {
                page = self.follower.next() => self.hand_page(page).await?,
                _ = self.heartbeat.tick() => self.check().await?,
                () = self.items.closed() => return Err(None),
                () = self.api.stop.cancelled() => return Err(Some(stopping())),
            }
        }
    }

    async fn hand_page(&self, page: Result<EventPage, switchboard_core::Error>) -> Result<(), Ended> {
        for event in page.map_err(ended)?.events {
            self.hand(Item::Event(Box::new(event.into()))).await?;
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), Ended> {
        if self.signed.again(&self.api).await.map_err(ended)? != self.signed.reader {
            return Err(Some(Farewell::new(
                "unauthenticated",
                "the rights of this credential have changed: connect again",
            )));
        }
        self.hand(Item::Quiet { position: self.follower.position() }).await
    }

    async fn hand(&self, item: Item) -> Result<(), Ended> {
        match self.items.send_timeout(item, self.api.reader_patience).await {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(None),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(Some(too_slow())),
        }
    }
}

impl Farewell {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { kind: "closed", code, detail: detail.into() }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
fn ended(error: switchboard_core::Error) -> Ended {
    if let Some(detail) = error.detail() {
        tracing::error!(detail, "an event feed failed");
    }
    Some(Farewell::new(error.code(), error.to_string()))
}

fn too_slow() -> Farewell {
    Farewell::new("too_slow", "this reader fell too far behind: go on from the last position it has seen")
}

fn stopping() -> Farewell {
    Farewell::new("stopping", "the gateway is stopping: come back in a moment")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;
    use crate::{
        http::ApiOptions,
        testing::{ADMIN, House},
    };

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_dropped_and_told() {
        let options = ApiOptions { reader_patience: Duration::from_millis(20), ..ApiOptions::default() };
        let house = House::configured(crate::native::router, options).await;
        let signed = house.signed_socket(ADMIN).await;
        let mut feed = Feed::open(&house.api, signed, EventQuery::default(), None).await.unwrap();
        let names: Vec<_> = (0..QUEUE + 100).map(|i| format!("s{i}")).collect();
        join_all(names.iter().map(|name| house.session(name))).await;

        let farewell = feed.farewell.take().unwrap().await.unwrap();
        assert_eq!(farewell.code, "too_slow");
        let mut waiting = 0;
        while feed.items.recv().await.is_some() {
            waiting += 1;
        }
        assert_eq!(waiting, QUEUE);
    }
}
