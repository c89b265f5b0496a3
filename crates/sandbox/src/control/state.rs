//! What the network looks like from above.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use switchboard_model::Timestamp;

use super::Net;
use super::phones::PhoneView;
use crate::domain::{Account, Record};

#[derive(Serialize)]
pub(super) struct StateView {
    accounts: Vec<AccountView>,
    connections: Vec<Record>,
    /// Clients that check the certificate chain can be given this as its root.
    noise_root: String,
}

#[derive(Serialize)]
struct AccountView {
    #[serde(flatten)]
    phone: PhoneView,
    devices: Vec<DeviceView>,
}

#[derive(Serialize)]
struct DeviceView {
    device: u16,
    jid: String,
    linked_at: Timestamp,
    connected: bool,
    /// Stanzas it has not acknowledged.
    queued: usize,
    prekeys: usize,
}

pub(super) async fn state(State(shared): Net) -> Json<StateView> {
    let noise_root = STANDARD.encode(shared.keys().root_public());
    let (accounts, connections) = shared.with(|world| {
        let accounts = world.accounts.values().map(account_view).collect();
        (accounts, world.records.iter().cloned().collect())
    });
    Json(StateView { accounts, connections, noise_root })
}

fn account_view(account: &Account) -> AccountView {
    let devices = account.devices.iter().map(|(id, device)| DeviceView {
        device: *id,
        jid: account.device_jid(*id).to_string(),
        linked_at: device.added_at,
        connected: device.line.is_some(),
        queued: device.queue.len(),
        prekeys: device.keys.one_time.len(),
    });
    AccountView { phone: PhoneView::of(account), devices: devices.collect() }
}

pub(super) async fn unhandled(State(shared): Net) -> Json<serde_json::Value> {
    let rows = shared.with(|world| world.unhandled.clone());
    let rows: Vec<_> =
        rows.into_iter().map(|(stanza, count)| serde_json::json!({ "stanza": stanza, "count": count })).collect();
    Json(serde_json::json!({ "unhandled": rows }))
}

pub(super) async fn reset(State(shared): Net) -> Json<serde_json::Value> {
    shared.commit(crate::domain::World::reset).await;
    Json(serde_json::json!({}))
}
