//! Many sessions at once, for those who watch over all of them.

use std::collections::HashMap;

use switchboard_model::{Session, SessionId};
use switchboard_store::outbox;

use super::{SessionQuery, SessionView};
use crate::{Caller, Core, Error};

/// A page of sessions, each with what is known of it beyond its row.
#[derive(Clone, Debug)]
pub struct Overview {
    pub sessions: Vec<SessionView>,
    pub next: Option<SessionId>,
}

impl Core {
    /// As [`Core::sessions`], at the price of one more question for all of them together.
    pub async fn session_overview(&self, caller: &Caller, query: SessionQuery) -> Result<Overview, Error> {
        let page = self.sessions(caller, query).await?;
        let queued = outbox::depths(self.store().reader()).await?;
        let sessions = page.sessions.into_iter().map(|session| self.seen(session, &queued)).collect();
        Ok(Overview { sessions, next: page.next })
    }

    fn seen(&self, session: Session, queued: &HashMap<SessionId, i64>) -> SessionView {
        let last_event_at = self.0.keepers.live(&session.id).and_then(|live| live.borrow().last_event_at);
        SessionView { queued: queued.get(&session.id).copied().unwrap_or(0), last_event_at, session }
    }
}
