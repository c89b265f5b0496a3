//! How many sessions there are and how they are, whoever's they are: figures for monitoring.

use switchboard_model::Desired;
use switchboard_store::{outbox, sessions};

use crate::{Core, Error};

/// Words of the states in which a session is logged in at the network.
const CONNECTED: [&str; 2] = ["connected", "held"];
/// The word of the state in which another program has the session, and no gateway may connect it.
const AWAY: &str = "handed_over";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    pub sessions: i64,
    /// Wanted connected by their owners, and not handed over.
    pub wanted: i64,
    pub connected: i64,
    /// Messages accepted and not yet answered for by the network.
    pub waiting: i64,
}

impl Core {
    /// At the price of two questions to the database, however many sessions there are.
    pub async fn census(&self) -> Result<Census, Error> {
        let db = self.store().reader();
        let mut census = Census { waiting: outbox::total(db).await?, ..Census::default() };
        for (desired, state, count) in sessions::tally(db).await? {
            census.sessions += count;
            census.wanted += if desired == Desired::Connected && state != AWAY { count } else { 0 };
            census.connected += if CONNECTED.contains(&state.as_str()) { count } else { 0 };
        }
        Ok(census)
    }
}

#[cfg(test)]
mod tests {
    use switchboard_model::SessionState;

    use super::*;
    use crate::{Caller, testing::Office};

    const CONNECTED_NOW: SessionState = SessionState::Connected { catching_up: false };

    const HANDED_OVER: SessionState = SessionState::HandedOver { lease: String::new() };

    #[tokio::test]
    async fn sessions_are_counted_by_what_is_wanted_and_what_is() {
        let office = Office::open().await;
        let shop = office.session(&Caller::System, "shop").await;
        let away = office.session(&Caller::System, "away").await;
        office.session(&Caller::System, "spare").await;
        let now = office.clock_now();
        let write = office.core.store().write(move |tx| {
            let (shop, away) = (shop.clone(), away.clone());
            Box::pin(async move {
                sessions::set_desired(tx, &away, Desired::Connected, now).await?;
                sessions::set_state(tx, &away, &HANDED_OVER, now).await?;
                sessions::set_desired(tx, &shop, Desired::Connected, now).await?;
                sessions::set_state(tx, &shop, &CONNECTED_NOW, now).await
            })
        });
        assert!(write.await.expect("written"));
        let census = Census { sessions: 3, wanted: 1, connected: 1, waiting: 0 };
        assert_eq!(office.core.census().await.expect("counted"), census);
    }

    #[test]
    fn the_words_are_those_of_the_states() {
        assert_eq!(HANDED_OVER.word(), AWAY);
        let held = SessionState::Held { reason: String::new(), until: None };
        for state in [CONNECTED_NOW, held] {
            assert!(state.is_connected() && CONNECTED.contains(&state.word()));
        }
    }
}
