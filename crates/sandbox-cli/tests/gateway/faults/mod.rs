//! Everything that the network can do to a session: what becomes of it, what is told, and what brings it back.
//!
//! A kind of fault without a row here fails the test.

mod log;
mod scene;
mod stage;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use scene::Scene;
use stage::play;
use switchboard_sandbox::faults::FaultKind;

use super::{
    gateway::{Gateway, Order},
    network::Sandbox,
    traffic::Pairing,
};

struct Row {
    /// Its name in the control API.
    fault: &'static str,
    /// What it happens to.
    scene: Scene,
    /// What the log then tells of the session, in order: a changed state by its word, everything else by its type.
    told: &'static [&'static str],
    back: Back,
}

/// What brings the session back.
#[derive(Clone, Copy)]
enum Back {
    Itself,
    /// Somebody connects it. Until then it says why it stays away; this is a part of it.
    Connecting(&'static str),
    /// Somebody connects it and the phone scans.
    Pairing(&'static str),
}

const fn row(fault: &'static str, scene: Scene, told: &'static [&'static str], back: Back) -> Row {
    Row { fault, scene, told, back }
}

const RECONNECTED: &[&str] = &["disconnected", "connecting", "connected"];
const RECEIVED: &[&str] = &["message.received"];

const TABLE: &[Row] = &[
    row("drop", Scene::Idle, RECONNECTED, Back::Itself),
    row("503", Scene::Idle, RECONNECTED, Back::Itself),
    row(
        "429",
        Scene::Idle,
        &["session.health", "disconnected", "connecting", "connected", "session.health"],
        Back::Itself,
    ),
    row(
        "banned",
        Scene::Idle,
        &["disconnected", "connecting", "session.health", "disconnected", "connecting", "connected", "session.health"],
        Back::Itself,
    ),
    row("replaced", Scene::Idle, &["disabled"], Back::Connecting("connected from elsewhere")),
    row("device_removed", Scene::Idle, &["logged_out"], Back::Pairing("removed")),
    row("expired_prekeys", Scene::Stranger, RECEIVED, Back::Itself),
    row("delay", Scene::Incoming, RECEIVED, Back::Itself),
    row("duplicate", Scene::Incoming, RECEIVED, Back::Itself),
    row("corrupt", Scene::Incoming, RECEIVED, Back::Itself),
    row("out_of_order", Scene::InARow, &["message.received", "message.received"], Back::Itself),
    row("lose_ack", Scene::Outgoing, &["message.sent", "message.status"], Back::Itself),
    row("463", Scene::Refused, &["message.failed", "session.health", "message.failed", "session.health"], Back::Itself),
    row(
        "refuse_pairing",
        Scene::Linking,
        &["connecting", "waiting_qr", "session.qr", "disabled"],
        Back::Pairing("pairing failed"),
    ),
    row(
        "passkey",
        Scene::Linking,
        &["connecting", "waiting_qr", "session.qr", "waiting_passkey"],
        Back::Pairing("passkey"),
    ),
    row("slow_media", Scene::File(200), RECEIVED, Back::Itself),
    row("media_gone", Scene::File(404), RECEIVED, Back::Itself),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_has_its_state_its_events_and_its_way_back() {
    let rows: BTreeSet<_> = TABLE.iter().map(|row| row.fault).collect();
    let kinds: BTreeSet<_> = FaultKind::names().iter().copied().collect();
    assert_eq!(rows, kinds, "each kind of fault has its row");
    let data = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start().await;
    let gateway = Gateway::start(Order::new(&sandbox.url(), data.path())).await;
    let client = gateway.client();
    let rows = TABLE.iter().enumerate().map(|(n, row)| (row, Pairing::numbered(n)));
    // The media host asks nobody for a name: a fault of it would meet the file of another row.
    let (of_media, others): (Vec<_>, Vec<_>) = rows.partition(|(row, _)| matches!(row.scene, Scene::File(_)));
    join_all(others.into_iter().map(|(row, pair)| play(&client, &sandbox, pair, row))).await;
    for (row, pair) in of_media {
        play(&client, &sandbox, pair, row).await;
    }
}
