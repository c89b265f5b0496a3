//! News from the event log: which lanes got something to deliver.

use std::{sync::Arc, time::Duration};

use switchboard_core::{Desk, Error, Lane};
use tokio::sync::mpsc;

use crate::{Settings, worker::Message};

/// Follows the log from a position on, for as long as somebody listens.
pub(crate) async fn follow(desk: Desk, mut after: i64, settings: Arc<Settings>, to: mpsc::UnboundedSender<Message>) {
    let mut newest = desk.newest();
    loop {
        let upto = (*newest.borrow_and_update()).max(after);
        match news(&desk, after, upto).await {
            Ok(lanes) => {
                after = upto;
                if !lanes.is_empty() && to.send(Message::News { lanes, anew: false }).is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the event log cannot be read yet");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        }
        // Other replicas wake nobody here: look.
        tokio::select! {
            changed = newest.changed() => if changed.is_err() { return },
            () = to.closed() => return,
            () = tokio::time::sleep(settings.look) => drop(desk.look_for_events().await),
        }
    }
}

async fn news(desk: &Desk, after: i64, upto: i64) -> Result<Vec<Lane>, Error> {
    if upto <= after { Ok(Vec::new()) } else { desk.lanes_between(after, upto).await }
}
