//! What every handler has at hand.

use std::{net::IpAddr, sync::Arc};

use secrecy::{ExposeSecret, SecretString};
use switchboard_core::{Caller, Core};
use tokio_util::sync::CancellationToken;

use super::{
    Failure,
    limit::{Limiter, Rate},
};

/// How the surfaces behave.
#[derive(Clone, Debug, Default)]
pub struct ApiOptions {
    /// The most one caller may ask for; no limit without it.
    pub rate: Option<Rate>,
    /// Ends what would otherwise go on for ever: streams and long polls.
    pub stop: CancellationToken,
}

/// The state of every router: the use cases, and what the surfaces share. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) core: Core,
    pub(crate) stop: CancellationToken,
    limiter: Option<Arc<Limiter>>,
}

impl Api {
    #[must_use]
    pub fn new(core: Core, options: &ApiOptions) -> Self {
        let limiter = options.rate.map(|rate| Arc::new(Limiter::new(rate)));
        Self { core, stop: options.stop.clone(), limiter }
    }

    /// Whom a credential belongs to, if that caller is not asking too fast.
    pub(crate) async fn caller(&self, credential: &SecretString, from: Option<IpAddr>) -> Result<Caller, Failure> {
        let caller = self.core.authenticate(credential.expose_secret(), from).await?;
        if let Some(limiter) = &self.limiter {
            limiter.admit(caller.actor())?;
        }
        Ok(caller)
    }
}
