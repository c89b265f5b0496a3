//! Who a new line is: a companion that comes back, or one that wants to be linked.

use std::time::Duration;

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp::ClientPayload;
use waproto::whatsapp::client_payload::DevicePairingRegistrationData;

use crate::domain::{ConnId, KeyShelf, Newcomer, OneTimeKey, Peer, SignedPreKey, Stage, World};
use crate::faults::FaultKind;
use crate::stanza::{conflict, stream_error};

/// A line whose Noise handshake is done.
pub(crate) struct Arrived {
    pub(crate) noise_key: [u8; 32],
    pub(crate) payload: ClientPayload,
    pub(crate) resumed: bool,
}

pub(crate) fn admit(world: &mut World, conn: ConnId, arrived: Arrived) {
    let Arrived { noise_key, payload, resumed } = arrived;
    if let Some(record) = world.record(conn) {
        record.resumed = resumed;
    }
    match payload.device_pairing_data.into_option() {
        Some(registration) => register(world, conn, noise_key, registration),
        None => {
            let number = payload.username.unwrap_or_default().to_string();
            let device = payload.device.and_then(|device| u16::try_from(device).ok()).unwrap_or_default();
            log_in(world, conn, noise_key, (&number, device), payload.passive == Some(false));
        }
    }
}

fn register(world: &mut World, conn: ConnId, noise_key: [u8; 32], data: DevicePairingRegistrationData) {
    match keys_of(data) {
        Some(keys) => {
            let stage = Stage::Waiting { link: None };
            world.welcome(conn, Newcomer { noise_key, keys, stage });
        }
        None => world.end_line(conn, failure(400), "its registration lacks keys"),
    }
}

fn keys_of(data: DevicePairingRegistrationData) -> Option<KeyShelf> {
    Some(KeyShelf {
        registration: number(&data.e_regid?)?,
        identity: key(&data.e_ident?)?,
        signed: SignedPreKey {
            id: number(&data.e_skey_id?)?,
            value: key(&data.e_skey_val?)?,
            signature: data.e_skey_sig?,
        },
        one_time: std::collections::VecDeque::<OneTimeKey>::new(),
    })
}

/// Big-endian, in as few bytes as the field has.
pub(super) fn number(bytes: &[u8]) -> Option<u32> {
    if bytes.is_empty() || bytes.len() > 4 {
        return None;
    }
    Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

/// Keys travel with and without their type byte.
pub(super) fn key(bytes: &[u8]) -> Option<[u8; 32]> {
    match bytes {
        [5, rest @ ..] if rest.len() == 32 => rest.try_into().ok(),
        _ => bytes.try_into().ok(),
    }
}

fn log_in(world: &mut World, conn: ConnId, noise_key: [u8; 32], (number, device): (&str, u16), wants_all: bool) {
    let known = world.accounts.get(number).and_then(|account| account.devices.get(&device));
    if known.is_none_or(|device| device.noise_key != noise_key) {
        return world.end_line(conn, failure(401), "no such companion is linked");
    }
    if let Some(left) = world.banned_for(number) {
        return world.end_line(conn, ban(left), "the account is banned");
    }
    replace(world, number, device);
    note(world, conn, number, device);
    if let Some(kind) = world.faults.take_ending(number) {
        return end_by_fault(world, conn, number, device, kind);
    }
    if let Some(success) = success(world, number, device) {
        world.send(conn, success);
    }
    if wants_all {
        world.activate(conn, number, device);
    }
}

/// One line for each companion: the newer wins.
fn replace(world: &mut World, number: &str, device: u16) {
    if let Some(older) = world.line_of(number, device) {
        world.end_line(older, conflict("replaced"), "replaced by a newer connection");
    }
}

fn note(world: &mut World, conn: ConnId, number: &str, device: u16) {
    let now = world.now;
    if let Some(record) = world.record(conn) {
        record.number = Some(number.to_owned());
        record.device = Some(device);
        record.logged_in_at = Some(now);
    }
    if let Some(found) = world.device(number, device) {
        found.line = Some(conn);
    }
    world.lines.insert(conn, Peer::Device { number: number.to_owned(), device });
}

fn success(world: &World, number: &str, device: u16) -> Option<Node> {
    let account = world.accounts.get(number)?;
    let node = NodeBuilder::new("success")
        .attr("t", world.now_secs())
        .attr("props", "27")
        .attr("abprops", "1")
        .attr("companion_enc_static", "")
        // With the device: a client takes the one it finds here for itself, and gives its group keys to the others.
        .attr("lid", account.device_lid(device))
        .attr("display_name", account.name.as_str())
        .attr("location", "sim");
    Some(node.build())
}

fn failure(reason: u16) -> Node {
    NodeBuilder::new("failure").attr("reason", reason).attr("location", "sim").build()
}

/// The reason is the one for writing to too many people who do not know the account.
fn ban(left: Duration) -> Node {
    NodeBuilder::new("failure")
        .attr("reason", 402)
        .attr("code", 101)
        .attr("expire", left.as_millis().div_ceil(1000).to_string())
        .attr("location", "sim")
        .build()
}

/// Ends a connection the way a fault asks for.
pub(crate) fn end_by_fault(world: &mut World, conn: ConnId, number: &str, device: u16, kind: FaultKind) {
    match kind {
        FaultKind::TooMuch => world.end_line(conn, stream_error(429), "fault: 429"),
        FaultKind::Unavailable => world.end_line(conn, stream_error(503), "fault: 503"),
        FaultKind::Replaced => world.end_line(conn, conflict("replaced"), "fault: replaced"),
        FaultKind::DeviceRemoved => {
            world.unlink(number, device, "fault: device_removed");
        }
        _ => world.cut_line(conn, "fault: drop"),
    }
}
