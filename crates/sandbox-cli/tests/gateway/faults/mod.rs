//! Everything that the network can do to a session: what becomes of it, what is told, and what brings it back.
//!
//! A kind of fault without a row here, or a test of its own elsewhere, fails the test.

mod scene;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use scene::{Scene, play};
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
    /// A part of the reason that the state gives, where it stays in one that needs somebody.
    reason: &'static str,
    back: Back,
}

/// What brings the session back.
#[derive(Clone, Copy)]
enum Back {
    Itself,
    /// Somebody connects it.
    Connecting,
    /// Somebody connects it and the phone scans.
    Pairing,
}

const TABLE: &[Row] = &[
    Row {
        fault: "drop",
        scene: Scene::Idle,
        told: &["disconnected", "connecting", "connected"],
        reason: "",
        back: Back::Itself,
    },
    Row {
        fault: "503",
        scene: Scene::Idle,
        told: &["disconnected", "connecting", "connected"],
        reason: "",
        back: Back::Itself,
    },
    Row {
        fault: "replaced",
        scene: Scene::Idle,
        told: &["disabled"],
        reason: "connected from elsewhere",
        back: Back::Connecting,
    },
    Row { fault: "device_removed", scene: Scene::Idle, told: &["logged_out"], reason: "removed", back: Back::Pairing },
    Row { fault: "delay", scene: Scene::Incoming, told: &["message.received"], reason: "", back: Back::Itself },
    Row { fault: "duplicate", scene: Scene::Incoming, told: &["message.received"], reason: "", back: Back::Itself },
    Row { fault: "corrupt", scene: Scene::Incoming, told: &["message.received"], reason: "", back: Back::Itself },
    Row {
        fault: "lose_ack",
        scene: Scene::Outgoing,
        told: &["message.sent", "message.status"],
        reason: "",
        back: Back::Itself,
    },
];

/// What needs more than a session at rest has tests of its own: `engine_contract/troubles.rs` and `kinds/health.rs`.
const ELSEWHERE: [&str; 9] = [
    "429",
    "463",
    "banned",
    "expired_prekeys",
    "media_gone",
    "out_of_order",
    "passkey",
    "refuse_pairing",
    "slow_media",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_has_its_state_its_events_and_its_way_back() {
    let rows: BTreeSet<_> = TABLE.iter().map(|row| row.fault).chain(ELSEWHERE).collect();
    let kinds: BTreeSet<_> = FaultKind::names().iter().copied().collect();
    assert_eq!(rows, kinds, "each kind of fault has its row");
    let data = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start().await;
    let gateway = Gateway::start(Order::new(&sandbox.url(), data.path())).await;
    let client = gateway.client();
    let rows = TABLE.iter().enumerate().map(|(n, row)| play(&client, &sandbox, Pairing::numbered(n), row));
    join_all(rows).await;
}
