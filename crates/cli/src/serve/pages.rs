//! What the dashboard shows of the process around it.

use std::sync::Arc;

use axum::Router;
use switchboard_dashboard::{Dashboard, Hosts, Options, Setting, Vitals};

use super::{
    Health,
    metrics::{self, Recorder},
};
use crate::config::{Config, explain::Effective};

pub(super) fn dashboard(config: &Config, health: &Health, recorder: &Recorder, sandbox: Option<Router>) -> Dashboard {
    let (health, recorder) = (health.clone(), recorder.clone());
    let vitals = Vitals {
        metrics: Arc::new(move || metrics::text(&recorder)),
        health: Arc::new(move || {
            let health = health.clone();
            Box::pin(async move { health.report().await.1 })
        }),
    };
    let hosts = Hosts(config.listen.dashboard_hosts.clone());
    Dashboard::new(Options { hosts, vitals, settings: config.effective.iter().map(setting).collect(), sandbox })
}

fn setting(effective: &Effective) -> Setting {
    Setting {
        name: effective.setting.env.to_owned(),
        value: effective.value.clone(),
        origin: effective.origin.clone(),
        doc: effective.setting.doc,
    }
}
