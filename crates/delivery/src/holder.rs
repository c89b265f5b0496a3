//! Holds the webhooks that nobody else does, and says when they changed.

use std::sync::Arc;

use switchboard_core::{Desk, Error};
use tokio::{sync::mpsc, time::Instant};

use crate::{Settings, worker::Message};

/// What was last told.
#[derive(Default)]
struct Told {
    version: i64,
    held: u64,
    /// Until then nobody else can have taken any of them.
    until: Option<Instant>,
}

/// Renews the hold for as long as somebody listens.
pub(crate) async fn keep(desk: Desk, settings: Arc<Settings>, to: mpsc::UnboundedSender<Message>) {
    let (mut changes, mut told) = (desk.changes(), Told::default());
    while !to.is_closed() {
        if let Err(error) = renew(&desk, &settings, &mut told, &to).await {
            tracing::warn!(%error, "webhooks cannot be held; none is delivered after a while");
        }
        let again = Instant::now() + settings.hold_again;
        while Instant::now() < again {
            tokio::select! {
                () = to.closed() => return,
                changed = changes.changed() => if changed.is_err() { return } else { break },
                () = tokio::time::sleep(settings.look.min(settings.hold_again)) => {}
            }
            // Another replica may have changed something.
            if !same(&desk, &told).await {
                break;
            }
        }
    }
}

async fn same(desk: &Desk, told: &Told) -> bool {
    desk.version().await.is_ok_and(|version| version == told.version)
}

async fn renew(
    desk: &Desk,
    settings: &Settings,
    told: &mut Told,
    to: &mpsc::UnboundedSender<Message>,
) -> Result<(), Error> {
    let (asked, version) = (Instant::now(), desk.version().await?);
    if version == 0 {
        return Ok(());
    }
    let held = desk.hold(settings.hold).await?;
    let unbroken = told.until.is_some_and(|until| asked < until);
    let same = unbroken && (told.version, told.held) == (version, held);
    let endpoints = if same { None } else { Some(desk.endpoints().await?) };
    *told = Told { version, held, until: Some(asked + settings.hold) };
    // Well before anybody else may take them.
    let until = asked + settings.hold.mul_f64(0.8);
    // Nobody listens any more once the worker stops.
    let _ = to.send(Message::Held { endpoints, until });
    Ok(())
}
