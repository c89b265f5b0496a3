//! Trouble on demand.

use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use switchboard_api::http::Failure;

use super::network;
use crate::{form::FormOf, text::fill, toast, visitor::Member};

/// What the network can do wrong, by its own names.
pub(super) const KINDS: [&str; 8] =
    ["drop", "503", "replaced", "device_removed", "delay", "lose_ack", "duplicate", "corrupt"];

#[derive(Deserialize)]
pub(super) struct Fault {
    kind: String,
    #[serde(default)]
    number: String,
    count: u32,
}

pub(super) async fn inject(Member(visitor): Member, FormOf(fault): FormOf<Fault>) -> Result<Response, Failure> {
    let number = if fault.number.trim().is_empty() { None } else { Some(network::number(&fault.number)?) };
    let order = json!({ "kind": fault.kind, "number": number, "count": fault.count });
    network::post(&visitor, "/faults", &order).await?;
    toast::say(&fill(visitor.t.fault_set, &[&fault.kind]))
}
