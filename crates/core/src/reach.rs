//! The running client behind a session, for what only the network can answer.

use std::sync::Arc;

use switchboard_model::{Session, SessionId, SessionState};

use crate::{Caller, Core, Error, caller::Scope, engine::Link};

impl Core {
    pub(crate) async fn reach(
        &self,
        caller: &Caller,
        id: &SessionId,
        scope: Scope,
    ) -> Result<(Session, Arc<dyn Link>), Error> {
        let session = self.session_for(caller, id, scope).await?;
        let link = self.link_here(&session).await?;
        Ok((session, link))
    }

    /// The running client of a session, or where it is, or what to do so that there is one.
    pub(crate) async fn link_here(&self, session: &Session) -> Result<Arc<dyn Link>, Error> {
        match self.0.keepers.link(&session.id) {
            Some(link) => Ok(link),
            None => self.expect_here(&session.id).await.and_then(|()| Err(not_connected(session))),
        }
    }
}

/// Why a session can do nothing that needs a connection, and what to do about it.
pub(crate) fn not_connected(session: &Session) -> Error {
    let Session { id, state, .. } = session;
    let reason = match state {
        SessionState::LoggedOut { reason } => format!(" ({reason})"),
        _ => String::new(),
    };
    Error::NotConnected(format!("session {id} is {}{reason}: {}", state.word(), advice(state)))
}

fn advice(state: &SessionState) -> &'static str {
    match state {
        SessionState::Connecting | SessionState::Disconnected { retry_at: Some(_), .. } => "wait until it is connected",
        SessionState::WaitingQr { .. } => "scan its code first",
        SessionState::WaitingCode { .. } => "type its code on the phone first",
        SessionState::WaitingPasskey { .. } => "finish pairing it first",
        // The connection has just gone, and the row does not know it yet.
        SessionState::Connected { .. } | SessionState::Held { .. } => "try again in a moment",
        SessionState::LoggedOut { .. } => "pair it anew first",
        SessionState::HandedOver { .. } => "let its holder do it, or take it back first",
        SessionState::Created | SessionState::Disconnected { retry_at: None, .. } | SessionState::Disabled { .. } => {
            "connect it first"
        }
    }
}

#[cfg(test)]
mod tests {
    use switchboard_model::{Desired, Origin, Timestamp, UserId};

    use super::*;

    fn told(state: SessionState) -> String {
        let at = Timestamp::default();
        let session = Session {
            id: "shop".parse().unwrap(),
            name: String::new(),
            owner: UserId::ADMIN,
            origin: Origin::Native,
            desired: Desired::Connected,
            state,
            phone: None,
            lid: None,
            linked: true,
            created_at: at,
            updated_at: at,
        };
        not_connected(&session).to_string()
    }

    #[test]
    fn what_to_do_fits_the_state() {
        let (at, reason) = (Timestamp::default(), || "lost".to_owned());
        for (state, expected) in [
            (SessionState::Created, "session shop is created: connect it first"),
            (SessionState::Connecting, "session shop is connecting: wait until it is connected"),
            (
                SessionState::Disconnected { reason: reason(), retry_at: Some(at) },
                "session shop is disconnected: wait until it is connected",
            ),
            (
                SessionState::Disconnected { reason: reason(), retry_at: None },
                "session shop is disconnected: connect it first",
            ),
            (SessionState::Disabled { reason: reason() }, "session shop is disabled: connect it first"),
            (SessionState::WaitingQr { expires_at: at }, "session shop is waiting_qr: scan its code first"),
            (
                SessionState::WaitingCode { expires_at: at },
                "session shop is waiting_code: type its code on the phone first",
            ),
            (SessionState::LoggedOut { reason: reason() }, "session shop is logged_out (lost): pair it anew first"),
        ] {
            assert_eq!(told(state), expected);
        }
    }
}
