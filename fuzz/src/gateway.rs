//! A gateway on an engine in memory. No name has an address here.

use std::{path::PathBuf, sync::Arc, time::Duration};

use switchboard_core::{
    AuthSettings, Caller, Core, CreateSession, EventQuery, LeaseTimes, Pacing, Pair, Parts, Settings,
    engine::fake::FakeEngine,
};
use switchboard_egress::{Egress, EgressPolicy, Lookup};
use switchboard_model::{Origin, SessionId, SystemClock};
use switchboard_store::Store;
use tokio::runtime::{Builder, Runtime};

/// Acts as the administrator.
pub const ADMIN: &str = "the-operators-own-key";
pub const SERVICE: &str = "the-service-token";

const SOON: Duration = Duration::from_secs(60);
const LONG: Duration = Duration::from_secs(24 * 3600);

pub struct Gateway {
    pub core: Core,
    pub store: Store,
    engine: FakeEngine,
}

#[must_use]
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

impl Gateway {
    pub async fn open(store: Store, session_files: Option<PathBuf>) -> Self {
        let engine = FakeEngine::new();
        let nowhere = Lookup::new(|_| Box::pin(async { Err(std::io::Error::other("no such name")) }));
        let core = Core::new(Parts {
            store: store.clone(),
            clock: Arc::new(SystemClock),
            egress: Egress::with_lookup(EgressPolicy::default(), nowhere).expect("a client"),
            engine: Arc::new(engine.clone()),
            settings: settings(session_files),
        });
        core.ensure_admin(&Caller::System, Some("opensesame".into())).await.expect("an administrator");
        Self { core, store, engine }
    }

    /// Makes a session, linked and connected. Of the origin that every surface sees.
    pub async fn link(&self, id: &SessionId) {
        let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::WaApi };
        self.core.create_session(&Caller::System, order).await.expect("a session");
        self.core.connect(&Caller::System, id, Pair::Qr).await.expect("it connects");
        let link = self.engine.session(id).link().await;
        link.pair(&"6282260790996".parse().expect("a number"), &"100001".parse().expect("a LID"));
        tokio::time::timeout(SOON, self.online(id)).await.expect("it comes online");
    }

    /// Whether its link is still open.
    #[must_use]
    pub fn is_running(&self, id: &SessionId) -> bool {
        self.engine.session(id).running().is_some()
    }

    async fn online(&self, id: &SessionId) {
        let query = EventQuery { session: Some(id.clone()), ..EventQuery::default() };
        let mut follower = self.core.follow(Caller::System, query, 0);
        let state = async || self.core.session(&Caller::System, id).await.expect("a session").session.state;
        while !state().await.is_connected() {
            follower.next().await.expect("events");
        }
    }
}

/// Nobody renews leases here, so they last; nobody scans other sessions, so any number of them may wait for it.
fn settings(session_files: Option<PathBuf>) -> Settings {
    Settings {
        lease: LeaseTimes { lasts: LONG, renew_every: LONG, fence_after: LONG },
        pacing: Pacing::NONE,
        connecting_at_once: 10_000,
        session_files,
        auth: AuthSettings { api_key: Some(ADMIN.into()), service_token: Some(SERVICE.into()), jwt_secret: None },
        ..Settings::default()
    }
}
