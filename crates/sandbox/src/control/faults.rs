//! Making things go wrong.

use axum::Json;
use axum::extract::State;

use super::Net;
use super::error::Failed;
use super::number::number;
use super::request::Body;
use crate::faults::Fault;
use crate::router::end_by_fault;

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
            world.faults.add(fault.clone());
            if fault.kind.ends_connection() {
                end_present_connections(world, &fault);
            }
            world.faults.pending()
        })
        .await;
    Ok(Json(serde_json::json!({ "pending": pending })))
}

/// Connections that are there are ended at once; what is left of the fault meets those that come.
fn end_present_connections(world: &mut crate::domain::World, fault: &Fault) {
    for (conn, number, device) in world.connected() {
        if fault.number.as_ref().is_none_or(|wanted| *wanted == number)
            && world.faults.take(fault.kind, &number).is_some()
        {
            end_by_fault(world, conn, &number, device, fault.kind);
        }
    }
}
