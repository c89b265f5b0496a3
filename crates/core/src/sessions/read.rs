//! Looking at sessions.

use std::time::Duration;

use switchboard_model::{Health, Origin, Phone, Session, SessionId, SessionSettings, SessionState, Timestamp};
use switchboard_store::{
    chats, handovers, outbox, session_health,
    sessions::{self, SessionFilter},
};

use super::{
    live::{Live, PairingCode},
    settings,
};
use crate::{Caller, Core, Error, Handover, caller::Scope, paging};

const LARGEST_PAGE: u64 = 1000;

/// A session as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionView {
    pub session: Session,
    pub last_event_at: Option<Timestamp>,
    /// Messages accepted and not yet acknowledged by the network.
    pub queued: i64,
    /// Chats with something that nobody has read yet.
    pub unread: i64,
    /// What it keeps; not read for lists.
    pub settings: Option<SessionSettings>,
    /// How long the network has said nothing, while connected.
    pub silent_for: Option<Duration>,
    /// How the network treats the account.
    pub health: Health,
    /// Who runs it instead of this gateway.
    pub handover: Option<Handover>,
}

#[derive(Clone, Debug, Default)]
pub struct SessionQuery {
    pub origin: Option<Origin>,
    pub phone: Option<Phone>,
    pub after: Option<SessionId>,
    pub limit: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct SessionPage {
    pub sessions: Vec<Session>,
    pub next: Option<SessionId>,
}

impl Core {
    pub async fn session(&self, caller: &Caller, id: &SessionId) -> Result<SessionView, Error> {
        let session = self.session_for(caller, id, Scope::Read).await?;
        let queued = outbox::depth(self.store().reader(), id).await?;
        let last_event_at = self.0.keepers.live(id).and_then(|live| live.borrow().last_event_at);
        let handover = handovers::find(self.store().reader(), id).await?.map(Handover::from);
        let unread = chats::unread(self.store().reader(), id).await?;
        let settings = Some(settings::of(self.store().reader(), id).await?);
        let health = session_health::get(self.store().reader(), id).await?;
        let silent_for = self.silence(id);
        Ok(SessionView { session, last_event_at, queued, unread, settings, silent_for, health, handover })
    }

    pub(super) fn silence(&self, id: &SessionId) -> Option<Duration> {
        self.0.keepers.link(id)?.pulse().silent_for
    }

    /// The sessions this caller may see, by id.
    pub async fn sessions(&self, caller: &Caller, query: SessionQuery) -> Result<SessionPage, Error> {
        caller.require(Scope::Read)?;
        if let Some(only) = caller.only_session() {
            let session = self.session_for(caller, only, Scope::Read).await?;
            return Ok(SessionPage { sessions: vec![session], next: None });
        }
        let limit = query.limit.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
        let filter = SessionFilter {
            owner: caller.sees_only(),
            origin: caller.only_origin().or(query.origin),
            desired: None,
            phone: query.phone.map(|phone| phone.to_string()),
        };
        let sessions = sessions::list(self.store().reader(), &filter, query.after.as_ref(), limit).await?;
        let next = paging::last_if_full(&sessions, limit).map(|session| session.id.clone());
        Ok(SessionPage { sessions, next })
    }

    /// How many sessions there are, whoever's they are: a figure for monitoring.
    pub async fn count_sessions(&self) -> Result<i64, Error> {
        Ok(sessions::count(self.store().reader()).await?)
    }

    /// The code to scan now, waiting up to `limit` for the first one. Nothing when there is none to come.
    pub async fn qr_code(
        &self,
        caller: &Caller,
        id: &SessionId,
        limit: Duration,
    ) -> Result<Option<PairingCode>, Error> {
        self.pairing_code(caller, id, limit, "session.qr", |live| live.qr.clone()).await
    }

    /// The code to type on the phone, in the same way.
    pub async fn link_code(
        &self,
        caller: &Caller,
        id: &SessionId,
        limit: Duration,
    ) -> Result<Option<PairingCode>, Error> {
        self.pairing_code(caller, id, limit, "session.pairing_code", |live| live.code.clone()).await
    }

    async fn pairing_code(
        &self,
        caller: &Caller,
        id: &SessionId,
        limit: Duration,
        kind: &str,
        pick: fn(&Live) -> Option<PairingCode>,
    ) -> Result<Option<PairingCode>, Error> {
        let session = self.session_for(caller, id, Scope::Sessions).await?;
        let pairing = matches!(session.state, SessionState::Connecting) || session.state.awaits_pairing();
        let Some(mut live) = self.0.keepers.live(id) else {
            return if pairing { self.code_told(id, kind, limit).await } else { Ok(None) };
        };
        // The row is committed, and told of, a moment before the code is at hand here.
        let asked = session.state.code_expires_at();
        let fresh = |live: &Live| pick(live).filter(|code| asked.is_none_or(|asked| code.expires_at >= asked));
        let found = fresh(&live.borrow());
        if found.is_some() || !pairing {
            return Ok(found);
        }
        let shown =
            tokio::time::timeout(limit, live.wait_for(|live| fresh(live).is_some() || live.link.is_some())).await;
        Ok(match shown {
            Ok(Ok(live)) => fresh(&live),
            _ => None,
        })
    }

    /// For the surface whose document wants to hear that a session is somebody else's: everywhere else it does not exist.
    pub async fn must_own_session(&self, caller: &Caller, id: &SessionId) -> Result<(), Error> {
        let session = sessions::find(self.store().reader(), id).await?;
        caller.must_own(&session.ok_or_else(|| Error::not_found("bot", id.as_str()))?)
    }

    /// The session behind an id, if this caller may do this with it. Another owner's session does not exist for it.
    pub(crate) async fn session_for(&self, caller: &Caller, id: &SessionId, scope: Scope) -> Result<Session, Error> {
        let session = sessions::find(self.store().reader(), id).await?;
        let session = session.ok_or_else(|| Error::not_found("session", id.as_str()))?;
        caller.may_see(&session)?;
        caller.require(scope)?;
        Ok(session)
    }
}
