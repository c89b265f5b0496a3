//! Making things go wrong.

use axum::Json;
use axum::extract::State;

use super::Net;
use super::error::Failed;
use super::number::number;
use super::request::Body;
use crate::domain::World;
use crate::faults::{Fault, FaultKind};
use crate::router::end_by_fault;
use crate::stanza::stream_error;

pub(super) async fn inject(net: Net, Body(mut fault): Body<Fault>) -> Result<Json<serde_json::Value>, Failed> {
    if let Some(text) = &fault.number {
        fault.number = Some(number(text, "number")?);
    }
    if fault.count == 0 {
        return Err(Failed::bad_request("count: a fault that happens no times is none"));
    }
    let State(shared) = net;
    let pending = shared
        .commit(|world| {
            match fault.kind {
                FaultKind::Banned => ban(world, &fault),
                FaultKind::ExpiredPrekeys => world.expire_keys(|number| fault.concerns(number)),
                kind => {
                    world.faults.add(fault.clone());
                    if kind.ends_connection() {
                        end_present_connections(world, &fault);
                    }
                }
            }
            world.faults.pending()
        })
        .await;
    Ok(Json(serde_json::json!({ "pending": pending })))
}

/// A ban is no accident that happens so many times: it lasts, and whoever is there is thrown out.
fn ban(world: &mut World, fault: &Fault) {
    let until = world.now.after(fault.ban());
    let numbers: Vec<String> = world.accounts.keys().filter(|number| fault.concerns(number)).cloned().collect();
    world.bans.extend(numbers.into_iter().map(|number| (number, until)));
    for (conn, number, _) in world.connected() {
        if fault.concerns(&number) {
            world.end_line(conn, stream_error(503), "fault: banned");
        }
    }
}

/// Connections that are there are ended at once; what is left of the fault meets those that come.
fn end_present_connections(world: &mut World, fault: &Fault) {
    for (conn, number, device) in world.connected() {
        if fault.number.as_ref().is_none_or(|wanted| *wanted == number)
            && world.faults.take(fault.kind, &number).is_some()
        {
            end_by_fault(world, conn, &number, device, fault.kind);
        }
    }
}
