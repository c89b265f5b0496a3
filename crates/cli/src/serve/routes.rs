//! Which listener serves what.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::any;
use switchboard_api::dialects::{bots, microservice, multisession, wa_api};
use switchboard_api::http::{surface, unknown_path};
use switchboard_api::native::{self, ProblemJson};
use switchboard_api::{Api, ApiOptions, Rate};
use switchboard_core::Core;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Listener, Only};

/// How many seconds' worth of requests may come at once.
const BURST_SECONDS: f64 = 10.0;

/// What all listeners share.
pub(super) struct Surfaces {
    api: Api,
    system: Router,
    clients: microservice::Clients,
    only: Option<Only>,
}

impl Surfaces {
    pub(super) fn new(config: &Config, core: Core, system: Router, stop: CancellationToken) -> Self {
        let rate = config.network.rate_limit.map(f64::from);
        let rate = rate.map(|per_second| Rate { per_second, burst: per_second * BURST_SECONDS });
        let api = Api::new(core, &ApiOptions { rate, stop, ..ApiOptions::default() });
        Self { api, system, clients: microservice::Clients::default(), only: config.listen.only }
    }

    pub(super) fn routes(&self, listener: Listener, socket: SocketAddr) -> Router {
        let api = self.api.clone();
        match listener {
            Listener::Main => self.main(),
            Listener::WaApi => wa_api::router(api, wa_api::Door::of(socket)),
            Listener::Microservice => microservice::router(api, self.clients.clone()),
            Listener::MicroserviceWs => microservice::socket_router(api, self.clients.clone()),
        }
    }

    fn main(&self) -> Router {
        let documented = self.system.clone().merge(multisession::router(self.api.clone()));
        let routes = match self.only {
            Some(Only::Multisession) => documented,
            _ => documented.merge(bots::router(self.api.clone())).merge(native::router(self.api.clone())),
        };
        routes.fallback_service(surface::<ProblemJson>(Router::new().fallback(any(unknown_path)), self.api.clone()))
    }
}
