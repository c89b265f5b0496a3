//! Linking companions to phones, and unlinking them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};

use super::Net;
use super::error::Failed;
use super::number::number;
use super::request::Body;
use crate::domain::{ConnId, LinkError, LinkHello};
use crate::network::Shared;
use crate::phone::LinkAttempt;

/// A client has this long to answer a scan; slow ones derive keys for seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// A program types a code the moment it has it, while its client's own word may still be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
pub(super) struct Scan {
    qr: String,
}

#[derive(Deserialize)]
pub(super) struct Link {
    code: String,
}

#[derive(Deserialize)]
pub(super) struct Unlink {
    device: DeviceName,
}

/// `3`, `"3"` or a device's JID.
#[derive(Deserialize)]
#[serde(untagged)]
enum DeviceName {
    Id(u16),
    Text(String),
}

#[derive(Serialize)]
pub(super) struct Linked {
    device: u16,
    jid: String,
}

pub(super) async fn scan(net: Net, Path(text): Path<String>, Body(scan): Body<Scan>) -> Result<Json<Linked>, Failed> {
    let number = number(&text, "number")?;
    let State(shared) = net;
    let conn = shared.with(|world| world.scan(&number, &scan.qr))?;
    outcome(&shared, conn, number).await
}

pub(super) async fn link(net: Net, Path(text): Path<String>, Body(link): Body<Link>) -> Result<Json<Linked>, Failed> {
    let number = number(&text, "number")?;
    let State(shared) = net;
    let (conn, hello) = until_waiting(&shared, &number).await?;
    let wrapped = hello.wrapped_ephemeral.clone();
    // Deriving a key from the code takes hundreds of thousands of hashes.
    let derived = tokio::task::spawn_blocking(move || LinkAttempt::begin(&link.code, &wrapped)).await;
    let derived = derived.map_err(|e| Failed::conflict(format!("the exchange broke off: {e}")))?;
    let (attempt, primary) = derived.map_err(|e| Failed::bad_request(e.to_string()))?;
    shared.with(|world| world.link_begun(conn, hello, attempt, primary))?;
    outcome(&shared, conn, number).await
}

async fn until_waiting(shared: &Arc<Shared>, number: &str) -> Result<(ConnId, LinkHello), Failed> {
    let look = || {
        shared.with(|world| {
            world.require_online(number)?;
            world.link_waiting(number)
        })
    };
    let mut news = shared.news();
    let wait = async { while matches!(look(), Err(LinkError::NobodyWaits)) && news.changed().await.is_ok() {} };
    // Whoever is not there by then is not waiting.
    let _ = tokio::time::timeout(ON_ITS_WAY, wait).await;
    Ok(look()?)
}

/// Waits until the client has signed, has refused or is gone.
async fn outcome(shared: &Arc<Shared>, conn: ConnId, number: String) -> Result<Json<Linked>, Failed> {
    let mut news = shared.news();
    let wait = async {
        loop {
            news.borrow_and_update();
            if let Some(outcome) = shared.with(|world| world.outcome(conn)) {
                return outcome;
            }
            if news.changed().await.is_err() {
                return Err("the network is shutting down".into());
            }
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    let waited = waited.map_err(|_| Failed::timeout("the client did not answer in time"))?;
    let device = waited.map_err(Failed::conflict)?;
    Ok(Json(Linked { device, jid: format!("{number}:{device}@s.whatsapp.net") }))
}

pub(super) async fn unlink(
    net: Net,
    Path(text): Path<String>,
    Body(unlink): Body<Unlink>,
) -> Result<Json<serde_json::Value>, Failed> {
    let number = number(&text, "number")?;
    let device = unlink.device.id().ok_or_else(|| Failed::bad_request("device: not the id or JID of a device"))?;
    if net.commit(|world| world.unlink(&number, device, "unlinked by the phone")).await {
        Ok(Json(serde_json::json!({ "device": device })))
    } else {
        Err(Failed::not_found(format!("device {device} is not linked to {number}")))
    }
}

impl DeviceName {
    fn id(&self) -> Option<u16> {
        match self {
            Self::Id(id) => Some(*id),
            Self::Text(text) => {
                text.parse().ok().or_else(|| text.parse::<wacore_binary::Jid>().ok().map(|jid| jid.device))
            }
        }
    }
}
