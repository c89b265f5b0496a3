//! [`Core`]: everything the use cases share. Each use case is an `impl Core` block in its own file.

use std::{path::PathBuf, sync::Arc, time::Duration};

use switchboard_egress::Egress;
use switchboard_model::{Clock, Timestamp};
use switchboard_store::Store;

use crate::{
    contacts,
    engine::Engine,
    history::Importing,
    identity::{AuthSettings, Identity},
    messages::Pacing,
    messages::{Recent, Waiters},
    replicas::Grapevine,
    sessions::{Keepers, SessionFiles},
    webhooks,
};

/// The gateway's use cases. Cheap to clone.
#[derive(Clone)]
pub struct Core(pub(crate) Arc<Shared>);

/// What a gateway is made of; put together in one place, the composition root.
pub struct Parts {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub egress: Egress,
    pub engine: Arc<dyn Engine>,
    pub settings: Settings,
}

#[derive(Clone, Debug)]
pub struct Settings {
    /// Names this gateway among several on one database; the same over restarts.
    pub instance: String,
    /// Where this gateway takes the requests of others on its database; nowhere if none.
    pub address: Option<String>,
    /// Whether other gateways may use the same database. Then the sessions spread over those that live.
    pub among_others: bool,
    pub lease: LeaseTimes,
    pub pacing: Pacing,
    /// How many sessions may be connecting at once.
    pub connecting_at_once: usize,
    /// How many times in a row a pairing may expire before the session stops asking.
    pub pairing_rounds: u32,
    /// How long a written message may wait for the network's answer before it is written again.
    pub ack_timeout: Duration,
    /// How many times it is written at most.
    pub send_attempts: u32,
    /// A connection that has been silent for longer than this is deaf, whatever it says.
    pub deaf_after: Duration,
    /// How long a session keeps quiet after the network's first complaint; each further one within a day doubles it.
    pub first_hold: Duration,
    /// How many numbers a session may ask the network about within a day; no limit if none.
    pub number_checks_per_day: Option<u32>,
    /// How long events are kept.
    pub event_retention: Duration,
    /// How long at most they are kept for a sink that is out of reach.
    pub sink_retention: Duration,
    /// How long a session that the microservice surface made may stay without ever being linked.
    pub keep_unlinked: Option<Duration>,
    /// Where a sealed file of each linked session is kept; nowhere if none.
    pub session_files: Option<PathBuf>,
    /// Secrets of the operator's choosing.
    pub auth: AuthSettings,
}

#[derive(Clone, Copy, Debug)]
pub struct LeaseTimes {
    pub lasts: Duration,
    pub renew_every: Duration,
    /// The holder stops by itself this long after its last renewal, well before anyone else may take over.
    pub fence_after: Duration,
}

impl Default for LeaseTimes {
    fn default() -> Self {
        Self {
            lasts: Duration::from_secs(15),
            renew_every: Duration::from_secs(3),
            fence_after: Duration::from_secs(10),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            instance: "gateway".to_owned(),
            address: None,
            among_others: false,
            lease: LeaseTimes::default(),
            pacing: Pacing::default(),
            connecting_at_once: 32,
            pairing_rounds: 3,
            ack_timeout: Duration::from_secs(20),
            send_attempts: 5,
            deaf_after: Duration::from_secs(90),
            first_hold: Duration::from_secs(120),
            number_checks_per_day: Some(1000),
            event_retention: Duration::from_secs(7 * 24 * 3600),
            sink_retention: Duration::from_secs(30 * 24 * 3600),
            keep_unlinked: Some(Duration::from_secs(24 * 3600)),
            session_files: None,
            auth: AuthSettings::default(),
        }
    }
}

pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) egress: Egress,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) settings: Settings,
    pub(crate) identity: Identity,
    pub(crate) keepers: Keepers,
    pub(crate) waiters: Waiters,
    pub(crate) recent: Recent,
    pub(crate) webhooks: webhooks::Signals,
    pub(crate) files: SessionFiles,
    pub(crate) importing: Importing,
    /// Held while a label is made.
    pub(crate) labelling: tokio::sync::Mutex<()>,
    pub(crate) grapevine: Grapevine,
    pub(crate) number_checks: contacts::Turns,
}

impl Core {
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { store, clock, egress, engine, settings } = parts;
        let identity = Identity::default();
        let (keepers, waiters) = (Keepers::new(settings.connecting_at_once), Waiters::default());
        let webhooks = webhooks::Signals::default();
        let files = SessionFiles::new(settings.session_files.clone());
        let (importing, grapevine) = (Importing::default(), Grapevine::default());
        Self(Arc::new(Shared {
            store,
            clock,
            egress,
            engine,
            settings,
            identity,
            keepers,
            waiters,
            recent: Recent::default(),
            webhooks,
            files,
            importing,
            labelling: tokio::sync::Mutex::default(),
            grapevine,
            number_checks: contacts::Turns::default(),
        }))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Whether other gateways may use the same database.
    #[must_use]
    pub fn is_among_others(&self) -> bool {
        self.settings().among_others
    }

    /// How fast each session sends, for those who show it.
    #[must_use]
    pub fn pacing(&self) -> Pacing {
        self.settings().pacing
    }

    /// The time, for those who show it.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.now()
    }

    #[must_use]
    pub fn egress(&self) -> &Egress {
        &self.0.egress
    }
}
