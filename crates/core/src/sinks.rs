//! Where a sink's follower reads, and where it writes down how far it came.

use std::time::Duration;

use switchboard_model::{Event, Timestamp};
use switchboard_store::{events, sinks};
use tokio::sync::watch;

use crate::{Caller, Core, Error, EventQuery};

/// The gateway's side of one sink.
#[derive(Clone)]
pub struct SinkDesk {
    core: Core,
    name: &'static str,
}

/// What a follower publishes next.
#[derive(Clone, Debug)]
pub struct Taken {
    pub events: Vec<Event>,
    /// Where to go on.
    pub next: i64,
    /// How many positions were forgotten before this follower got to them.
    pub missed: i64,
}

impl Core {
    /// For the gateway itself.
    pub fn sink_desk(&self, caller: &Caller, name: &'static str) -> Result<SinkDesk, Error> {
        match caller {
            Caller::System => Ok(SinkDesk { core: self.clone(), name }),
            _ => Err(Error::Forbidden("only the gateway itself feeds sinks".to_owned())),
        }
    }
}

impl SinkDesk {
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.core.now()
    }

    /// Moves with every commit of events that this process knows of.
    #[must_use]
    pub fn newest(&self) -> watch::Receiver<i64> {
        self.core.store().subscribe()
    }

    /// Takes or keeps the sink for a while, unless another gateway holds it; returns its cursor.
    pub async fn hold(&self, lasts: Duration) -> Result<Option<i64>, Error> {
        let (name, holder) = (self.name, self.core.settings().instance.clone());
        let write = self.core.store().write(move |tx| {
            let holder = holder.clone();
            Box::pin(async move { sinks::hold(tx, name, &holder, lasts).await })
        });
        Ok(write.await?)
    }

    pub async fn release(&self) -> Result<(), Error> {
        let (name, holder) = (self.name, self.core.settings().instance.clone());
        let write = self.core.store().write(move |tx| {
            let holder = holder.clone();
            Box::pin(async move { sinks::release(tx, name, &holder).await })
        });
        Ok(write.await?)
    }

    /// Everything up to `position` has arrived; false if another gateway holds the sink by now.
    pub async fn settle(&self, position: i64) -> Result<bool, Error> {
        let (name, holder) = (self.name, self.core.settings().instance.clone());
        let write = self.core.store().write(move |tx| {
            let holder = holder.clone();
            Box::pin(async move { sinks::advance(tx, name, &holder, position).await })
        });
        Ok(write.await?)
    }

    /// The events behind a position. What was forgotten meanwhile is counted and passed over.
    pub async fn events(&self, after: i64, limit: u64) -> Result<Taken, Error> {
        let query = EventQuery { limit: Some(limit), ..EventQuery::default() };
        match self.core.events(&Caller::System, &query, after).await {
            Ok(page) => Ok(Taken { events: page.events, next: page.next, missed: 0 }),
            Err(Error::CursorExpired { oldest }) => {
                let page = self.core.events(&Caller::System, &query, oldest).await?;
                Ok(Taken { events: page.events, next: page.next, missed: oldest - after })
            }
            Err(error) => Err(error),
        }
    }

    /// How many positions the log is ahead of this one.
    pub async fn behind(&self, position: i64) -> Result<i64, Error> {
        Ok((events::head(self.core.store().reader()).await? - position).max(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Office;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[tokio::test]
    async fn events_are_kept_for_a_sink_that_is_behind_for_so_long_and_no_longer() {
        let office = Office::open().await;
        let desk = office.core.sink_desk(&Caller::System, "redis").unwrap();
        assert_eq!(desk.hold(DAY).await, Ok(Some(0)));
        for id in ["a", "b"] {
            office.session(&Caller::System, id).await;
        }
        assert_eq!(desk.settle(1).await, Ok(true));
        office.clock.advance(8 * DAY);
        assert_eq!(office.core.forget_old().await.unwrap(), 1, "what the sink has may go");
        let taken = desk.events(1, 10).await.unwrap();
        assert_eq!((taken.events.len(), taken.missed), (1, 0));
        office.clock.advance(30 * DAY);
        assert_eq!(office.core.forget_old().await.unwrap(), 1);
        office.session(&Caller::System, "c").await;
        let taken = desk.events(1, 10).await.unwrap();
        assert_eq!((taken.events.len(), taken.next, taken.missed), (1, 3, 1));
    }

    #[tokio::test]
    async fn only_the_gateway_itself_feeds_a_sink_and_only_one_of_several() {
        let office = Office::open().await;
        assert!(office.core.sink_desk(&Caller::Service, "redis").is_err());
        let desk = office.core.sink_desk(&Caller::System, "redis").unwrap();
        assert_eq!(desk.hold(DAY).await, Ok(Some(0)));
        let other = async || office.core.store().write(|tx| Box::pin(sinks::hold(tx, "redis", "other", DAY))).await;
        assert_eq!(other().await.unwrap(), None);
        desk.release().await.unwrap();
        assert_eq!(other().await.unwrap(), Some(0));
        assert_eq!((desk.hold(DAY).await, desk.settle(5).await), (Ok(None), Ok(false)));
    }
}
