//! Many sessions at once, for those who watch over all of them.

use std::collections::HashMap;

use switchboard_model::{Health, Session, SessionId, SessionState};
use switchboard_store::{chats, handovers, outbox, session_health};

use super::{SessionQuery, SessionView};
use crate::{Caller, Core, Error, handover::Handover};

/// A page of sessions, each with what is known of it beyond its row.
#[derive(Clone, Debug)]
pub struct Overview {
    pub sessions: Vec<SessionView>,
    pub next: Option<SessionId>,
}

type Counts = HashMap<SessionId, i64>;

impl Core {
    /// As [`Core::sessions`], at the price of two more questions for all of them, and one for each that is handed over.
    pub async fn session_overview(&self, caller: &Caller, query: SessionQuery) -> Result<Overview, Error> {
        let page = self.sessions(caller, query).await?;
        let queued = outbox::depths(self.store().reader()).await?;
        let unread = chats::unread_of_sessions(self.store().reader()).await?;
        let mut sessions = Vec::with_capacity(page.sessions.len());
        for session in page.sessions {
            sessions.push(self.seen(session, &queued, &unread).await?);
        }
        Ok(Overview { sessions, next: page.next })
    }

    async fn seen(&self, session: Session, queued: &Counts, unread: &Counts) -> Result<SessionView, Error> {
        let handover = match session.state {
            SessionState::HandedOver { .. } => handovers::find(self.store().reader(), &session.id).await?,
            _ => None,
        };
        // A limit shows in the state: nothing is asked about those that are well.
        let health = match session.state {
            SessionState::Held { .. } | SessionState::Disconnected { .. } => {
                session_health::get(self.store().reader(), &session.id).await?
            }
            _ => Health::default(),
        };
        let last_event_at = self.0.keepers.live(&session.id).and_then(|live| live.borrow().last_event_at);
        let count = |counts: &Counts| counts.get(&session.id).copied().unwrap_or(0);
        let (queued, unread) = (count(queued), count(unread));
        let (handover, silent_for) = (handover.map(Handover::from), self.silence(&session.id));
        Ok(SessionView { session, last_event_at, queued, unread, settings: None, health, silent_for, handover })
    }
}
