//! A gateway without a network: use cases, store, worker.

use std::{sync::Arc, time::Duration};

use switchboard_core::{
    Caller, Core, CreateSession, Delivery, DeliveryQuery, IssuedWebhook, NewWebhook, Parts, Settings as CoreSettings,
    engine::fake::FakeEngine,
};
use switchboard_delivery::{CircuitSettings, Encoders, Schedule, Settings, Worker};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{EventBody, Origin, SessionId, SystemClock, Timestamp};
use switchboard_store::Store;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const ADMIN: Caller = Caller::Admin(switchboard_model::UserId::ADMIN);

pub(crate) struct House {
    pub(crate) core: Core,
    stop: CancellationToken,
    worker: Option<JoinHandle<()>>,
}

/// As the real ones, in small steps.
pub(crate) fn quick() -> Settings {
    Settings {
        schedule: Schedule { pauses: vec![Duration::from_millis(40); 12], jitter: 0.2 },
        circuit: CircuitSettings { after: 5, first: Duration::from_millis(60), longest: Duration::from_millis(200) },
        timeout: Duration::from_secs(20),
        look: Duration::from_millis(100),
        ..Settings::default()
    }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(Store::in_memory().await.unwrap(), quick()).await
    }

    pub(crate) async fn with(store: Store, settings: Settings) -> Self {
        let egress = Egress::new(EgressPolicy::with_loopback()).unwrap();
        Self::start(core(store, egress, "one").await, Encoders::default(), settings)
    }

    pub(crate) fn start(core: Core, encoders: Encoders, settings: Settings) -> Self {
        let stop = CancellationToken::new();
        let worker = Worker::new(&core, encoders, settings).unwrap();
        let worker = Some(tokio::spawn(worker.run(stop.clone())));
        Self { core, stop, worker }
    }

    pub(crate) async fn session(&self, id: &str) -> SessionId {
        session(&self.core, id).await
    }

    pub(crate) async fn sessions(&self, count: usize) -> Vec<SessionId> {
        let mut sessions = Vec::new();
        for i in 0..count {
            sessions.push(self.session(&format!("s{i}")).await);
        }
        sessions
    }

    /// For everything, after this moment.
    pub(crate) async fn webhook(&self, new: NewWebhook) -> IssuedWebhook {
        self.core.create_webhook(&ADMIN, new).await.unwrap()
    }

    pub(crate) async fn emit(&self, session: &SessionId, count: usize) {
        emit(&self.core, session, count).await;
    }

    /// Oldest first.
    pub(crate) async fn deliveries(&self) -> Vec<Delivery> {
        let query = DeliveryQuery { limit: Some(500), ..DeliveryQuery::default() };
        let mut deliveries = self.core.deliveries(&ADMIN, query).await.unwrap();
        deliveries.reverse();
        deliveries
    }

    /// Waits until the deliveries are as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
        let begun = tokio::time::Instant::now();
        loop {
            let deliveries = self.deliveries().await;
            if wanted(&deliveries) {
                return deliveries;
            }
            assert!(begun.elapsed() < Duration::from_secs(240), "not so: {deliveries:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        if let Some(worker) = self.worker.take() {
            worker.await.unwrap();
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) fn to(url: String) -> NewWebhook {
    NewWebhook { url, ..NewWebhook::default() }
}

pub(crate) async fn core(store: Store, egress: Egress, instance: &str) -> Core {
    let settings = CoreSettings { instance: instance.to_owned(), ..CoreSettings::default() };
    let clock = Arc::new(SystemClock);
    let core = Core::new(Parts { store, clock, egress, engine: Arc::new(FakeEngine::new()), settings });
    core.ensure_admin(&Caller::System, Some("opensesame".to_owned().into())).await.unwrap();
    core
}

pub(crate) async fn session(core: &Core, id: &str) -> SessionId {
    let id: SessionId = id.parse().unwrap();
    let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::Native };
    core.create_session(&ADMIN, order).await.unwrap();
    id
}

pub(crate) async fn emit(core: &Core, session: &SessionId, count: usize) {
    let body = |i: usize| EventBody::SessionQr { code: i.to_string(), expires_at: Timestamp::from_secs(0) };
    core.append_events(session, (0..count).map(body).collect()).await.unwrap();
}
