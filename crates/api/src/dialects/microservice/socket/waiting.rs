//! Codes that wait already when somebody subscribes.

use std::time::Duration;

use serde_json::Value;
use switchboard_core::{Caller, Error, SessionQuery};
use switchboard_model::{Session, SessionState};

use super::{super::events, Conversation, Over};
use crate::http::Api;

/// A session is said to wait a moment before its code is at hand.
const AT_HAND: Duration = Duration::from_secs(1);

impl Conversation {
    /// What cannot be listed is told by its events, as they come.
    pub(super) async fn show_all_waiting(&mut self, caller: &Caller) -> Result<(), Over> {
        let mut query = SessionQuery::default();
        loop {
            let Ok(page) = self.api.core.sessions(caller, query.clone()).await else { return Ok(()) };
            for session in &page.sessions {
                self.show_waiting(caller, session).await?;
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// The code that waits to be scanned or typed, to those who may connect the session.
    pub(super) async fn show_waiting(&mut self, caller: &Caller, session: &Session) -> Result<(), Over> {
        match waiting(&self.api, caller, session).await {
            Ok(Some(shown)) => self.write(&shown).await,
            // Who may only look on is told when it is done.
            Ok(None) | Err(Error::Forbidden(_) | Error::NotFound { .. }) => Ok(()),
            Err(error) => self.complain(&error.to_string()).await,
        }
    }
}

async fn waiting(api: &Api, caller: &Caller, session: &Session) -> Result<Option<Value>, Error> {
    let id = &session.id;
    match session.state {
        SessionState::WaitingQr { .. } => {
            let code = api.core.qr_code(caller, id, AT_HAND).await?;
            code.map(|code| events::qr_code(id, &code.code)).transpose()
        }
        SessionState::WaitingCode { .. } => {
            let code = api.core.link_code(caller, id, AT_HAND).await?;
            Ok(code.map(|code| events::pairing_code(id, &code.code)))
        }
        _ => Ok(None),
    }
}
