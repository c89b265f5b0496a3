//! What every handler has at hand.

use std::{net::IpAddr, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use switchboard_core::{Admitted, Caller, Core};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{
    Failure,
    limit::{Limiter, Rate},
    state_body,
};

/// How the surfaces behave.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// The most one caller may ask for; no limit without it.
    pub rate: Option<Rate>,
    /// Ends what would otherwise go on for ever: streams and long polls.
    pub stop: CancellationToken,
    /// How often a stream shows a sign of life, and asks whether its credential is still good.
    pub heartbeat: Duration,
    /// How long a reader may leave a full queue full.
    pub reader_patience: Duration,
    /// How long a WebSocket that needs no credential to open may stay without one.
    pub sign_in_within: Duration,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            rate: None,
            stop: CancellationToken::new(),
            heartbeat: Duration::from_secs(15),
            reader_patience: Duration::from_secs(15),
            sign_in_within: Duration::from_secs(10),
        }
    }
}

/// The state of every router: the use cases, and what the surfaces share. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) core: Core,
    pub(crate) stop: CancellationToken,
    pub(crate) heartbeat: Duration,
    pub(crate) reader_patience: Duration,
    pub(crate) sign_in_within: Duration,
    limiter: Option<Arc<Limiter>>,
    /// Fetching a session's credentials is nothing to do all day.
    pub(crate) hand_overs: Arc<Limiter>,
    /// Turns for those who send the state of a session.
    pub(crate) states: Arc<Semaphore>,
}

const HAND_OVERS: Rate = Rate { per_second: 1.0, burst: 30.0 };

impl Api {
    #[must_use]
    pub fn new(core: Core, options: &ApiOptions) -> Self {
        let limiter = options.rate.map(|rate| Arc::new(Limiter::new(rate, core.asked_elsewhere())));
        let ApiOptions { heartbeat, reader_patience, sign_in_within, .. } = *options;
        let hand_overs = Arc::new(Limiter::new(HAND_OVERS, tokio::sync::broadcast::channel(1).1));
        let states = Arc::new(Semaphore::new(state_body::AT_ONCE));
        let stop = options.stop.clone();
        Self { core, stop, heartbeat, reader_patience, sign_in_within, limiter, hand_overs, states }
    }

    #[must_use]
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Ends what would otherwise go on for ever.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// How often a stream shows a sign of life, and asks whether its credential is still good.
    #[must_use]
    pub fn heartbeat(&self) -> Duration {
        self.heartbeat
    }

    /// Whom a credential belongs to, if that caller is not asking too fast.
    pub async fn caller(&self, credential: &SecretString, from: Option<IpAddr>) -> Result<Caller, Failure> {
        Ok(self.admit(credential, from).await?.caller)
    }

    /// The same for somebody who stays for a while.
    pub(crate) async fn admit(&self, credential: &SecretString, from: Option<IpAddr>) -> Result<Admitted, Failure> {
        let admitted = self.core.admit(credential.expose_secret(), from).await?;
        if let Some(limiter) = &self.limiter {
            let actor = admitted.caller.actor();
            limiter.admit(actor.clone())?;
            self.core.tell_asked(&actor);
        }
        Ok(admitted)
    }
}
