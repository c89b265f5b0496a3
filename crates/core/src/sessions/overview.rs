//! Many sessions at once, for those who watch over all of them.

use std::collections::HashMap;

use switchboard_model::{Session, SessionId, SessionState};
use switchboard_store::{handovers, outbox};

use super::{SessionQuery, SessionView};
use crate::{Caller, Core, Error, handover::Handover};

/// A page of sessions, each with what is known of it beyond its row.
#[derive(Clone, Debug)]
pub struct Overview {
    pub sessions: Vec<SessionView>,
    pub next: Option<SessionId>,
}

impl Core {
    /// As [`Core::sessions`], at the price of one more question for all of them, and one for each that is handed over.
    pub async fn session_overview(&self, caller: &Caller, query: SessionQuery) -> Result<Overview, Error> {
        let page = self.sessions(caller, query).await?;
        let queued = outbox::depths(self.store().reader()).await?;
        let mut sessions = Vec::with_capacity(page.sessions.len());
        for session in page.sessions {
            sessions.push(self.seen(session, &queued).await?);
        }
        Ok(Overview { sessions, next: page.next })
    }

    async fn seen(&self, session: Session, queued: &HashMap<SessionId, i64>) -> Result<SessionView, Error> {
        let handover = match session.state {
            SessionState::HandedOver { .. } => handovers::find(self.store().reader(), &session.id).await?,
            _ => None,
        };
        let last_event_at = self.0.keepers.live(&session.id).and_then(|live| live.borrow().last_event_at);
        let queued = queued.get(&session.id).copied().unwrap_or(0);
        Ok(SessionView { session, last_event_at, queued, handover: handover.map(Handover::from) })
    }
}
