//! From the configuration to the use cases.

use std::sync::Arc;

use switchboard_api::webhook_bodies;
use switchboard_core::{AuthSettings, Core, Parts, Settings};
use switchboard_delivery::{Body, Encoders};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_engine::{EngineOptions, WhatsappEngine};
use switchboard_model::{Clock, Event, Phone, SystemClock, WebhookDialect};
use switchboard_store::Store;

use super::Fatal;
use crate::config::Config;

/// The use cases on this store. `instance` is the name that sessions are held under.
pub(crate) fn core(config: &Config, store: &Store, instance: String) -> Result<Core, Fatal> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let egress = Egress::new(EgressPolicy::allowing(config.network.egress_allow.clone()));
    let egress = egress.map_err(|e| Fatal::Other(format!("outgoing connections cannot be prepared: {e}")))?;
    let engine = WhatsappEngine::new(store.clone(), egress.clone(), clock.clone(), engine_options(config));
    let engine = Arc::new(engine);
    let settings = Settings { among_others: store.is_shared(), ..settings(config, instance) };
    Ok(Core::new(Parts { store: store.clone(), clock, egress, engine, settings }))
}

fn engine_options(config: &Config) -> EngineOptions {
    let usual = EngineOptions::default();
    EngineOptions {
        network_url: config.network.url.clone(),
        version: config.network.client_version.unwrap_or(usual.version),
        device_name: config.network.device_name.clone(),
        ..usual
    }
}

fn settings(config: &Config, instance: String) -> Settings {
    let auth = AuthSettings {
        api_key: config.secrets.api_key.clone(),
        service_token: config.secrets.service_token.clone(),
        jwt_secret: config.secrets.jwt_secret.clone(),
    };
    Settings {
        instance,
        address: config.front.advertise.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()),
        pacing: config.sessions.pacing,
        connecting_at_once: config.sessions.connecting_at_once,
        event_retention: config.sessions.event_retention,
        sink_retention: config.sinks.retention,
        keep_unlinked: config.sessions.keep_unlinked,
        number_checks_per_day: config.sessions.number_checks_per_day,
        first_hold: config.sessions.first_hold,
        session_files: Some(config.sessions_path.clone()),
        auth,
        ..Settings::default()
    }
}

/// What webhooks say, in the words of each surface.
pub(crate) fn encoders() -> Encoders {
    let native = |event: &Event| webhook_bodies::native(event).map(Body::json);
    let multisession = |event: &Event, own: Option<&Phone>| webhook_bodies::multisession(event, own).map(Body::json);
    Encoders::new(native).with(WebhookDialect::Multisession, multisession)
}
