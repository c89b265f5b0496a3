//! Sessions spread over the gateways of one database, and back over those that stay.

use std::{sync::Arc, time::Duration};

use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{Desired, SessionId, SystemClock};
use switchboard_store::{Store, sessions};
use tokio_util::sync::CancellationToken;

use super::{
    super::tests::{House, SOON},
    Supervisor,
};
use crate::{Caller, Core, Pair, Parts, Settings, engine::fake::FakeEngine, messages::Pacing};

const SESSIONS: usize = 6;

/// On one store and one network, each with a supervisor whose rounds the test calls.
struct Gateways {
    store: Store,
    engine: FakeEngine,
    sessions: Vec<SessionId>,
    living: Vec<Supervisor>,
}

impl Gateways {
    /// One, that runs every session.
    async fn open() -> Self {
        let (store, engine) = (Store::in_memory().await.expect("store"), FakeEngine::new());
        let first = gateway("a", &store, &engine);
        let house = House { core: first.clone(), store: store.clone(), engine: engine.clone() };
        let mut sessions = Vec::new();
        for number in 0..SESSIONS {
            sessions.push(house.paired(&format!("session-{number}")).await.0);
        }
        Self { store, engine, sessions, living: vec![Supervisor::new(first)] }
    }

    fn join(&mut self, name: &str) {
        self.living.push(Supervisor::new(gateway(name, &self.store, &self.engine)));
    }

    /// As SIGTERM does it.
    async fn leave(&mut self, at: usize) {
        let stop = CancellationToken::new();
        stop.cancel();
        self.living.remove(at).run(stop).await;
    }

    /// Everybody shows itself, then everybody looks around.
    async fn round(&mut self) {
        for supervisor in &self.living {
            supervisor.core.renew_leases().await.expect("renewed");
        }
        for supervisor in &mut self.living {
            supervisor.reconcile().await.expect("reconciled");
        }
    }

    /// How many sessions are connected by each; fails if one is by two.
    fn connected(&self) -> Vec<usize> {
        let mut counts = vec![0; self.living.len()];
        for session in &self.sessions {
            let runs = |supervisor: &Supervisor| supervisor.core.0.keepers.link(session).is_some();
            let by: Vec<_> = (0..counts.len()).filter(|at| runs(&self.living[*at])).collect();
            assert!(by.len() <= 1, "{session} is run by {by:?}");
            by.into_iter().for_each(|at| counts[at] += 1);
        }
        counts
    }

    async fn until(&mut self, shares: &[usize]) {
        let reached = async {
            loop {
                self.round().await;
                let mut counts = self.connected();
                counts.sort_unstable();
                if counts == shares {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(SOON, reached).await.expect("the sessions spread");
    }

    /// As when another gateway was asked to disconnect it.
    async fn unwant(&self, session: &SessionId) {
        let (session, now) = (session.clone(), self.living[0].core.now());
        let unwanted = self.store.write(move |tx| {
            let session = session.clone();
            Box::pin(async move { sessions::set_desired(tx, &session, Desired::Disconnected, now).await })
        });
        unwanted.await.expect("written");
    }

    fn opens(&self) -> usize {
        self.sessions.iter().map(|session| self.engine.session(session).opens()).sum()
    }
}

fn gateway(name: &str, store: &Store, engine: &FakeEngine) -> Core {
    let settings =
        Settings { instance: name.to_owned(), among_others: true, pacing: Pacing::NONE, ..Settings::default() };
    Core::new(Parts {
        store: store.clone(),
        clock: Arc::new(SystemClock),
        egress: Egress::new(EgressPolicy::default()).expect("egress"),
        engine: Arc::new(engine.clone()),
        settings,
    })
}

#[tokio::test]
async fn sessions_spread_over_those_that_join_and_back_over_those_that_stay() {
    let mut gateways = Gateways::open().await;
    gateways.until(&[SESSIONS]).await;
    gateways.join("b");
    gateways.until(&[3, 3]).await;
    gateways.join("c");
    gateways.until(&[2, 2, 2]).await;
    gateways.leave(0).await;
    gateways.until(&[3, 3]).await;
}

#[tokio::test]
async fn what_is_spread_fairly_stays_where_it_is() {
    let mut gateways = Gateways::open().await;
    gateways.join("b");
    gateways.until(&[3, 3]).await;
    let before = gateways.opens();
    for _ in 0..20 {
        gateways.round().await;
    }
    assert_eq!((gateways.connected(), gateways.opens()), (vec![3, 3], before));
}

#[tokio::test]
async fn a_session_is_let_go_of_only_while_another_gateway_lives_that_has_room() {
    let mut gateways = Gateways::open().await;
    gateways.join("b");
    // The other one has not shown itself yet.
    let before = gateways.opens();
    let alone = &mut gateways.living[0];
    for _ in 0..5 {
        alone.core.renew_leases().await.expect("renewed");
        alone.reconcile().await.expect("reconciled");
    }
    assert_eq!((gateways.connected(), gateways.opens()), (vec![SESSIONS, 0], before));
}

#[tokio::test]
async fn nobody_waits_for_a_link_that_takes_long_to_close() {
    let mut gateways = Gateways::open().await;
    let unwanted = gateways.sessions[0].clone();
    let session = gateways.engine.session(&unwanted);
    let link = session.link().await;
    session.hold_closing(true);
    gateways.unwant(&unwanted).await;
    gateways.round().await;
    gateways.round().await;
    assert!(!link.has_ended(), "both rounds waited for it");
    session.hold_closing(false);
    tokio::time::timeout(SOON, link.ended()).await.expect("it closes");
}

#[tokio::test]
async fn those_that_show_a_code_stay_where_somebody_looks_at_it() {
    let mut gateways = Gateways::open().await;
    gateways.join("b");
    gateways.until(&[3, 3]).await;
    let core = gateways.living[1].core.clone();
    let house = House { core, store: gateways.store.clone(), engine: gateways.engine.clone() };
    let mut waiting = Vec::new();
    for number in 0..5 {
        let (id, session) = house.create(&format!("new-{number}")).await;
        house.core.connect(&Caller::System, &id, Pair::Qr).await.expect("asked");
        session.link().await.qr("2@code");
        waiting.push((id, session));
    }
    // Eleven are wanted, so no gateway runs more than six: two that are linked go elsewhere.
    gateways.until(&[1, 5]).await;
    for (id, session) in waiting {
        assert!(house.core.0.keepers.is_running(&id), "{id} has moved");
        assert_eq!(session.opens(), 1, "{id} shows another code");
    }
}
