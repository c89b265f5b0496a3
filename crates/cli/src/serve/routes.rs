//! Which listener serves what.

use std::net::SocketAddr;

use axum::Router;
use switchboard_api::dialects::{bots, microservice, multisession, wa_api};
use switchboard_api::native;
use switchboard_api::{Api, ApiOptions, Front, Rate};
use switchboard_core::Core;
use switchboard_dashboard::{Dashboard, Entrance};
use tokio_util::sync::CancellationToken;

use super::Health;
use crate::config::{Config, Listener, Only};

/// How many seconds' worth of requests may come at once.
const BURST_SECONDS: f64 = 10.0;

/// What all listeners share.
pub(super) struct Surfaces {
    api: Api,
    system: Router,
    clients: microservice::Clients,
    health: microservice::HealthProbe,
    only: Option<Only>,
    dashboard: Dashboard,
    front: Front,
}

impl Surfaces {
    pub(super) fn new(
        config: &Config,
        core: Core,
        health: &Health,
        metrics: Router,
        dashboard: Dashboard,
        stop: CancellationToken,
    ) -> Self {
        let rate = config.network.rate_limit.map(f64::from);
        let rate = rate.map(|per_second| Rate { per_second, burst: per_second * BURST_SECONDS });
        let api = Api::new(core, &ApiOptions { rate, stop, ..ApiOptions::default() });
        let probe = health.clone();
        Self {
            api,
            system: health.clone().router().merge(metrics),
            clients: microservice::Clients::default(),
            health: microservice::HealthProbe::new(move || {
                let probe = probe.clone();
                async move { probe.summary().await }
            }),
            only: config.listen.only,
            dashboard,
            front: Front::new(config.front.trusted_proxies.clone(), config.front.cors_origins.clone()),
        }
    }

    pub(super) fn routes(&self, listener: Listener, socket: SocketAddr) -> Router {
        self.front.before(self.behind_the_front(listener, socket))
    }

    fn behind_the_front(&self, listener: Listener, socket: SocketAddr) -> Router {
        let api = self.api.clone();
        match listener {
            Listener::Main => self.main(),
            Listener::WaApi => {
                let door = wa_api::Door::of(socket);
                wa_api::router(api, door)
                    .fallback_service(self.dashboard.router(Entrance::WaApi(door), self.api.clone()))
            }
            Listener::Microservice => microservice::router(api, self.clients.clone(), self.health.clone()),
            Listener::MicroserviceWs => microservice::socket_router(api, self.clients.clone()),
        }
    }

    fn main(&self) -> Router {
        let documented = self.system.clone().merge(multisession::router(self.api.clone()));
        let routes = match self.only {
            Some(Only::Multisession) => documented,
            _ => documented.merge(bots::router(self.api.clone())).merge(native::router(self.api.clone())),
        };
        routes.fallback_service(self.dashboard.router(Entrance::Main, self.api.clone()))
    }

    /// Goes on measuring for the dashboard until the gateway stops.
    pub(super) fn watch(&self) -> impl Future<Output = ()> + use<> {
        self.dashboard.clone().watch(self.api.clone())
    }
}
