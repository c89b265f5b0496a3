//! Everything that the network can do to a session: what becomes of it, what is told, and what brings it back.
//!
//! A kind of fault without a row here fails the test.

mod log;
mod scene;
mod stage;

use std::{collections::BTreeSet, panic::AssertUnwindSafe};

use futures_util::{FutureExt as _, future::join_all};
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
    /// What the log then tells of the session, in order: the account's health, then a changed state by its word and
    /// everything else by its type.
    told: &'static [&'static str],
    back: Back,
}

/// What brings the session back.
#[derive(Clone, Copy)]
enum Back {
    Itself,
    /// Somebody connects it. Until then it says why it stays away; this is a part of it.
    Connecting(&'static str),
    /// The phone scans once more; the code is still there.
    Scanning(&'static str),
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
        &[
            "health: held",
            "health: slowed",
            "health: good",
            "held",
            "disconnected",
            "connecting",
            "connected",
            "held",
            "connected",
        ],
        Back::Itself,
    ),
    row(
        "banned",
        Scene::Idle,
        &["health: held", "health: good", "disconnected", "connecting", "disconnected", "connecting", "connected"],
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
    row(
        "463",
        Scene::Refused,
        &[
            "health: slowed",
            "health: held",
            "health: slowed",
            "health: good",
            "message.status",
            "held",
            "message.status",
            "held",
            "connected",
        ],
        Back::Itself,
    ),
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
        Back::Scanning("passkey"),
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
    let played = |(row, pair)| AssertUnwindSafe(play(&client, &sandbox, pair, row)).catch_unwind();
    let mut results = join_all(others.into_iter().map(played)).await;
    for row in of_media {
        results.push(played(row).await);
    }
    let failed = results.iter().filter(|result| result.is_err()).count();
    assert_eq!(failed, 0, "rows that failed, each said above why");
}
