//! A keeper writes as the holder of the lease or not at all, and whoever comes next finds its last word.

use std::{sync::Arc, time::Duration};

use switchboard_model::{SessionId, SessionState};
use switchboard_store::{Tx, leases, sessions};

use super::tests::{House, SOON};
use crate::{
    Caller,
    engine::{EngineError, fake::FakeSession},
};

const LONG: Duration = Duration::from_secs(600);

async fn take(tx: &mut Tx, id: &SessionId) -> Result<Option<SessionState>, switchboard_store::StoreError> {
    match leases::acquire(tx, id, "another gateway", None, LONG).await? {
        Some(_) => Ok(sessions::find(tx, id).await?.map(|session| session.state)),
        None => Ok(None),
    }
}

impl House {
    /// Another gateway asks for the lease; it sees the session's state if it gets it.
    async fn another_takes(&self, id: &SessionId) -> Option<SessionState> {
        let id = id.clone();
        let taken = self.store.write(move |tx| {
            let id = id.clone();
            Box::pin(async move { take(tx, &id).await })
        });
        taken.await.expect("asked")
    }

    /// As if this gateway had slept past its lease.
    async fn lose_lease(&self, id: &SessionId) {
        let session = id.clone();
        let lost = self.store.write(move |tx| {
            let session = session.clone();
            Box::pin(async move {
                let lease = leases::find(&*tx, &session).await?.expect("a lease");
                leases::release(tx, &session, lease.epoch).await
            })
        });
        assert!(lost.await.expect("asked"));
        self.another_takes(id).await.expect("it is free");
    }

    async fn keeper_ends(&self, id: &SessionId) {
        let Some(mut live) = self.core.0.keepers.live(id) else { return };
        let ended = tokio::time::timeout(SOON, live.wait_for(|_| false)).await.expect("the keeper ends");
        assert!(ended.is_err());
    }

    async fn state(&self, id: &SessionId) -> SessionState {
        self.core.session(&Caller::System, id).await.expect("seen").session.state
    }
}

#[tokio::test]
async fn between_two_links_the_lease_stays_held() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    session.link().await.drop_connection();
    while session.opens() < 2 {
        assert_eq!(house.another_takes(&id).await, None, "another could connect while this one waits");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What ends a keeper, and the state that is left.
const ENDINGS: [(&str, &str); 4] =
    [("replaced", "disabled"), ("logged out", "logged_out"), ("damaged", "disabled"), ("stopped", "disconnected")];

async fn end(house: &House, id: &SessionId, session: &Arc<FakeSession>, how: &str) {
    match how {
        "replaced" => session.link().await.replace(),
        "logged out" => session.link().await.log_out(),
        "damaged" => {
            session.refuse_open(Some(EngineError::Corrupt("the device record".to_owned())));
            session.link().await.drop_connection();
        }
        _ => house.core.0.keepers.stop(id, how).await,
    }
}

#[tokio::test]
async fn whoever_takes_a_session_over_finds_its_last_state() {
    for (how, left) in ENDINGS {
        let house = House::new().await;
        let (id, session) = house.paired("one").await;
        let ends = end(&house, &id, &session, how);
        let taken = async {
            loop {
                if let Some(state) = house.another_takes(&id).await {
                    return state;
                }
                tokio::task::yield_now().await;
            }
        };
        let ((), state) = tokio::time::timeout(SOON, async { tokio::join!(ends, taken) }).await.expect("given back");
        assert_eq!(state.word(), left, "{how}");
        house.keeper_ends(&id).await;
        assert_eq!(house.state(&id).await, state, "{how}: nothing comes after");
    }
}

#[tokio::test]
async fn a_keeper_that_lost_its_lease_writes_nothing() {
    for (how, _) in ENDINGS {
        let house = House::new().await;
        let (id, session) = house.paired("one").await;
        let before = house.events(&id).await;
        house.lose_lease(&id).await;
        end(&house, &id, &session, how).await;
        house.keeper_ends(&id).await;
        assert_eq!(house.events(&id).await, before, "{how}");
        assert!(house.core.session(&Caller::System, &id).await.expect("seen").session.linked, "{how}");
        let lease = leases::find(house.store.reader(), &id).await.expect("read").expect("a lease");
        assert_eq!((lease.holder.as_str(), lease.expired), ("another gateway", false), "{how}");
    }
}

#[tokio::test]
async fn damaged_state_disables_its_session_and_no_other() {
    let house = House::new().await;
    let (other, _) = house.paired("other").await;
    let (id, session) = house.create("one").await;
    session.refuse_open(Some(EngineError::Corrupt("the device record".to_owned())));
    house.core.connect(&Caller::System, &id, super::Pair::Qr).await.expect("asked");
    house.until(&id, "disabled").await;
    let SessionState::Disabled { reason } = house.state(&id).await else { panic!("it is disabled") };
    assert!(reason.contains("damaged") && reason.contains("pair it anew"), "{reason}");
    assert_eq!(house.state(&other).await.word(), "connected");
}
