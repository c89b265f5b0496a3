//! What gateways tell each other over a bus, if there is one. Nothing of it has to arrive and nothing has to be believed:
//! it wakes whoever would have looked later, and counts along what callers did elsewhere.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use switchboard_model::SessionId;
use tokio::{
    sync::{Notify, broadcast, watch},
    time::Instant,
};

use crate::{Caller, Core, Error};

/// More than this may wait for a slow bus; beyond it the oldest are forgotten.
const MOST_WAITING: usize = 4096;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    /// The log has grown.
    Events,
    /// Sessions were let go.
    Free,
    /// Messages wait for a session that the teller does not run.
    Waiting(SessionId),
    /// A caller has asked for something.
    Asked(String),
    /// Somebody tries to sign in.
    Tried { from: Option<IpAddr>, account: String },
    /// And could.
    SignedIn { from: Option<IpAddr>, account: String },
}

/// On the bus everybody hears everything, their own words too.
#[derive(Serialize, Deserialize)]
struct Word {
    by: String,
    news: News,
}

/// A caller has asked another gateway for something, heard of at this time.
#[derive(Clone, Debug)]
pub struct AskedElsewhere {
    pub caller: String,
    pub at: Instant,
}

/// What is to be told, and who is woken by what was heard.
pub(crate) struct Grapevine {
    told: broadcast::Sender<News>,
    asked_elsewhere: broadcast::Sender<AskedElsewhere>,
    pub(crate) free: Notify,
}

impl Default for Grapevine {
    fn default() -> Self {
        let (told, asked_elsewhere) = (broadcast::Sender::new(MOST_WAITING), broadcast::Sender::new(MOST_WAITING));
        Self { told, asked_elsewhere, free: Notify::new() }
    }
}

/// The gateway's side of the bus.
pub struct BusDesk {
    core: Core,
    newest: watch::Receiver<i64>,
    /// The newest position that the others know of as well.
    known: i64,
    told: broadcast::Receiver<News>,
}

impl Core {
    /// For the gateway itself.
    pub fn bus_desk(&self, caller: &Caller) -> Result<BusDesk, Error> {
        if !matches!(caller, Caller::System) {
            return Err(Error::Forbidden("only the gateway itself speaks to the others".to_owned()));
        }
        let (newest, told) = (self.store().subscribe(), self.0.grapevine.told.subscribe());
        let known = *newest.borrow();
        Ok(BusDesk { core: self.clone(), newest, known, told })
    }

    pub(crate) fn tell(&self, news: News) {
        // Without a bus nobody listens.
        let _ = self.0.grapevine.told.send(news);
    }

    /// For limits that hold for all gateways together: a caller has asked for something here.
    pub fn tell_asked(&self, caller: &str) {
        self.tell(News::Asked(caller.to_owned()));
    }

    /// Who has asked other gateways for something, once for each time.
    #[must_use]
    pub fn asked_elsewhere(&self) -> broadcast::Receiver<AskedElsewhere> {
        self.0.grapevine.asked_elsewhere.subscribe()
    }

    async fn hear(&self, news: News) {
        let throttle = &self.0.identity.throttle;
        match news {
            // What cannot be read now is found by the next look.
            News::Events => drop(self.store().look_for_events().await),
            News::Free => self.0.grapevine.free.notify_one(),
            News::Waiting(session) => self.0.keepers.poke(&session),
            News::Asked(caller) => {
                drop(self.0.grapevine.asked_elsewhere.send(AskedElsewhere { caller, at: Instant::now() }));
            }
            News::Tried { from, account } => drop(throttle.admit(self.now(), from, &account)),
            News::SignedIn { from, account } => throttle.succeeded(from, &account),
        }
    }
}

impl BusDesk {
    /// Where gateways with this master key meet.
    #[must_use]
    pub fn channel(&self) -> String {
        format!("switchboard:bus:{}", hex::encode(&self.core.store().mark("the bus", b"")[..8]))
    }

    /// The next thing to tell. Dropping the future loses nothing.
    pub async fn next(&mut self) -> String {
        let by = self.core.settings().instance.clone();
        loop {
            let news = self.next_news().await;
            match serde_json::to_string(&Word { by: by.clone(), news }) {
                Ok(word) => return word,
                Err(error) => tracing::error!(%error, "news for the other gateways cannot be written down"),
            }
        }
    }

    async fn next_news(&mut self) -> News {
        loop {
            tokio::select! {
                // The store outlives its core.
                Ok(()) = self.newest.changed() => {
                    let head = *self.newest.borrow_and_update();
                    if head > self.known {
                        self.known = head;
                        return News::Events;
                    }
                }
                told = self.told.recv() => match told {
                    Ok(news) => return news,
                    // Whatever it was, somebody may have to look.
                    Err(_) => return News::Free,
                },
            }
        }
    }

    /// Whatever was told while this gateway did not listen.
    pub async fn look(&mut self) {
        self.core.hear(News::Events).await;
        self.core.hear(News::Free).await;
    }

    /// A word from the bus. What is no word is none of ours.
    pub async fn hear(&mut self, word: &str) {
        let Ok(word) = serde_json::from_str::<Word>(word) else { return };
        if word.by == self.core.settings().instance {
            return;
        }
        let events = word.news == News::Events;
        self.core.hear(word.news).await;
        if events {
            // Else everybody would tell everybody what all have just heard.
            self.known = self.known.max(*self.newest.borrow());
        }
    }

    /// Forgets what waits to be told: it is old by the time the bus is back.
    pub fn forget(&mut self) {
        self.told = self.told.resubscribe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Office;

    fn word(by: &str, news: News) -> String {
        serde_json::to_string(&Word { by: by.to_owned(), news }).expect("written")
    }

    #[tokio::test]
    async fn only_the_gateway_itself_speaks_on_the_bus_and_it_tells_what_it_commits() {
        let office = Office::open().await;
        assert!(office.core.bus_desk(&Caller::Service).is_err());
        let mut desk = office.core.bus_desk(&Caller::System).unwrap();
        office.session(&Caller::System, "a").await;
        assert!(desk.next().await.contains("events"));
        office.core.tell(News::Free);
        assert!(desk.next().await.contains("free"));
    }

    #[tokio::test]
    async fn what_others_told_is_not_told_again_and_ones_own_words_are_not_heard() {
        let office = Office::open().await;
        let mut desk = office.core.bus_desk(&Caller::System).unwrap();
        office.session(&Caller::System, "a").await;
        desk.hear(&word("another", News::Events)).await;
        office.core.tell(News::Free);
        assert!(desk.next().await.contains("free"), "the events are known to all");
        let mut asked = office.core.asked_elsewhere();
        desk.hear(&word("gateway", News::Asked("ann".to_owned()))).await;
        desk.hear(&word("another", News::Asked("bob".to_owned()))).await;
        desk.hear("no word at all").await;
        assert_eq!(asked.recv().await.unwrap().caller, "bob");
    }

    #[tokio::test]
    async fn attempts_to_sign_in_elsewhere_count_here() {
        let office = Office::open().await;
        let mut desk = office.core.bus_desk(&Caller::System).unwrap();
        let mut said = Vec::new();
        assert_eq!(office.core.admit_attempt(None, "ann"), Ok(()));
        office.core.attempt_succeeded(None, "ann");
        for _ in 0..2 {
            said.push(desk.next().await.replace("\"gateway\"", "\"another\""));
        }
        assert!(said.iter().all(|word| !word.contains("ann")), "{said:?}");
        for _ in 0..5 {
            desk.hear(&said[0]).await;
        }
        assert!(matches!(office.core.admit_attempt(None, "ann"), Err(Error::RateLimited { .. })));
        desk.hear(&said[1]).await;
        assert_eq!(office.core.admit_attempt(None, "ann"), Ok(()));
    }
}
