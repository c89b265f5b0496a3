//! The event log: every fact enters it inside the transaction of the change it tells of, and everyone who wants to
//! know reads it by position. A live signal only wakes readers; what they get comes from the log, so a reader that
//! was away misses nothing.

use std::{ops::Range, time::Duration};

use switchboard_model::{Event, EventBody, Session, SessionId, Timestamp};
use switchboard_store::{
    StoreError, Tx,
    deletions::{self, DeletionFilter},
    events::{self, EventFilter, EventRow},
    sessions::{self, SessionFilter},
};
use tokio::sync::watch;

use crate::{Admitted, Caller, Core, Error, caller::Scope, keys::Standing, login, webhooks};

const LARGEST_PAGE: u64 = 1000;
const MOST_SESSIONS: u64 = 10_000;
/// Whoever sees such a code can link an account with it: for those who may ask for one.
const PAIRING_CODES: &[&str] = &["session.qr", "session.pairing_code"];

/// Which events someone wants.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    pub session: Option<SessionId>,
    pub kinds: Option<Vec<String>>,
    pub limit: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct EventPage {
    pub events: Vec<Event>,
    /// Where to go on: behind everything that was looked at, wanted or not.
    pub next: i64,
}

impl Core {
    /// The events behind a position, oldest first. A position whose successors were forgotten is an error.
    pub async fn events(&self, caller: &Caller, query: &EventQuery, after: i64) -> Result<EventPage, Error> {
        caller.require(Scope::Read)?;
        let db = self.store().reader();
        // Read first: what is committed between this and the page is found again next time.
        let head = events::head(db).await?;
        let forgotten = events::pruned_to(db).await?;
        if after > 0 && after < forgotten {
            return Err(Error::CursorExpired { oldest: forgotten });
        }
        let limit = query.limit.unwrap_or(100).clamp(1, LARGEST_PAGE);
        let filter = self.wanted(caller, query, after.saturating_add(1)..i64::MAX).await?;
        let rows = events::after(db, after, &filter, limit).await?;
        let next = match rows.last() {
            Some(last) if rows.len() as u64 == limit => last.pos,
            last => last.map_or(head, |last| last.pos.max(head)).max(after),
        };
        Ok(EventPage { events: rows.into_iter().map(read).collect::<Result<_, _>>()?, next })
    }

    /// The same, waiting up to `limit` for the first one.
    pub async fn await_events(
        &self,
        caller: &Caller,
        query: &EventQuery,
        after: i64,
        limit: Duration,
    ) -> Result<EventPage, Error> {
        let mut follower = self.follow(caller.clone(), query.clone(), after);
        match tokio::time::timeout(limit, follower.next()).await {
            Ok(page) => page,
            Err(_) => Ok(EventPage { events: Vec::new(), next: follower.after }),
        }
    }

    /// The events before a position, newest first. What was forgotten is left out.
    pub async fn events_before(&self, caller: &Caller, query: &EventQuery, before: i64) -> Result<Vec<Event>, Error> {
        caller.require(Scope::Read)?;
        let limit = query.limit.unwrap_or(100).clamp(1, LARGEST_PAGE);
        let filter = self.wanted(caller, query, 0..before).await?;
        let rows = events::before(self.store().reader(), before, &filter, limit).await?;
        Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Reads on from a position for as long as someone listens.
    #[must_use]
    pub fn follow(&self, reader: impl Into<Admitted>, query: EventQuery, after: i64) -> Follower {
        let (core, reader, newest) = (self.clone(), reader.into(), self.store().subscribe());
        Follower { core, reader, query, after, newest, standing: None }
    }

    /// The position of the newest event: where a reader begins that wants only what comes.
    pub async fn newest_event(&self) -> Result<i64, Error> {
        Ok(events::head(self.store().reader()).await?)
    }

    async fn wanted(&self, caller: &Caller, query: &EventQuery, within: Range<i64>) -> Result<EventFilter, Error> {
        let withheld = withheld(caller, query)?;
        let (sessions, positions) = match &query.session {
            Some(session) => self.of_session(caller, session, within).await?,
            None => self.readable(caller, within).await?,
        };
        Ok(EventFilter { sessions, positions, kinds: query.kinds.clone(), withheld })
    }

    /// The events of a session; of one that is deleted, what the log still tells of that.
    async fn of_session(&self, caller: &Caller, session: &SessionId, within: Range<i64>) -> Result<Readable, Error> {
        match self.session_for(caller, session, Scope::Read).await {
            Ok(_) => Ok((Some(vec![session.clone()]), Vec::new())),
            Err(absent @ Error::NotFound { .. }) => {
                let told = self.deletions(caller, Some(session), within).await?;
                if told.is_empty() { Err(absent) } else { Ok((Some(Vec::new()), told)) }
            }
            Err(error) => Err(error),
        }
    }

    /// The sessions whose events this caller may read, nothing for all of them; and where the log tells of the end of
    /// others that were this caller's too.
    async fn readable(&self, caller: &Caller, within: Range<i64>) -> Result<Readable, Error> {
        if let Some(only) = caller.only_session() {
            return Ok((Some(vec![only.clone()]), Vec::new()));
        }
        if caller.sees_only().is_none() && caller.only_origin().is_none() {
            return Ok((None, Vec::new()));
        }
        let filter =
            SessionFilter { owner: caller.sees_only(), origin: caller.only_origin(), ..SessionFilter::default() };
        let sessions = sessions::list(self.store().reader(), &filter, None, MOST_SESSIONS).await?;
        let told = self.deletions(caller, None, within).await?;
        Ok((Some(sessions.into_iter().map(|session| session.id).collect()), told))
    }

    async fn deletions(
        &self,
        caller: &Caller,
        session: Option<&SessionId>,
        within: Range<i64>,
    ) -> Result<Vec<i64>, Error> {
        // A credential for one session ends with it, and has no part in others.
        if caller.only_session().is_some() {
            return Ok(Vec::new());
        }
        let (owner, origin) = (caller.sees_only(), caller.only_origin());
        let filter = DeletionFilter { session: session.cloned(), owner, origin };
        Ok(deletions::positions(self.store().reader(), &filter, within, MOST_SESSIONS).await?)
    }
}

/// Sessions, or nothing for all of them; and single events of others.
type Readable = (Option<Vec<SessionId>>, Vec<i64>);

/// The kinds that this caller is not shown. Who asks for one of them by name is told what is missing.
fn withheld(caller: &Caller, query: &EventQuery) -> Result<&'static [&'static str], Error> {
    if caller.has(Scope::Sessions) {
        return Ok(&[]);
    }
    let mut asked = query.kinds.iter().flatten();
    if let Some(kind) = asked.find(|kind| PAIRING_CODES.contains(&kind.as_str())) {
        let lacking =
            format!("events of type {kind} are shown to credentials with the scope `{}` alone", Scope::Sessions);
        return Err(Error::Forbidden(lacking));
    }
    Ok(PAIRING_CODES)
}

/// A reader that follows the log.
pub struct Follower {
    core: Core,
    reader: Admitted,
    query: EventQuery,
    after: i64,
    newest: watch::Receiver<i64>,
    /// Of the reader, as it was at the first look.
    standing: Option<Standing>,
}

impl Follower {
    /// The next events, as soon as there are any; an error once the reader's credential has ended. Dropping the future
    /// loses nothing.
    pub async fn next(&mut self) -> Result<EventPage, Error> {
        if self.standing.is_none() {
            self.standing = Some(self.core.standing(&self.reader).await?);
        }
        loop {
            self.newest.borrow_and_update();
            let page = self.core.events(&self.reader.caller, &self.query, self.after).await?;
            if !page.events.is_empty() {
                self.check_standing().await?;
            }
            self.after = page.next;
            if !page.events.is_empty() {
                return Ok(page);
            }
            if self.newest.changed().await.is_err() {
                return Err(Error::internal("the store is closed"));
            }
        }
    }

    /// A reader may stay for days: a key revoked, a login expired, a user signed out or given another role meanwhile is
    /// told nothing more.
    async fn check_standing(&self) -> Result<(), Error> {
        let now = self.core.standing(&self.reader).await?;
        if self.standing.as_ref().is_some_and(|before| *before != now) {
            return Err(login::changed());
        }
        Ok(())
    }

    /// The position reached so far.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.after
    }
}

/// Appends one event to the change that `tx` is making, and its deliveries to whoever subscribed to it.
pub(crate) async fn emit(tx: &mut Tx, session: &SessionId, at: Timestamp, body: &EventBody) -> Result<(), StoreError> {
    append(tx, session, at, body).await.map(drop)
}

/// The last event of a session that is about to go, in a way that those find who could see it.
pub(crate) async fn emit_end(tx: &mut Tx, session: &Session, at: Timestamp) -> Result<(), StoreError> {
    let pos = append(tx, &session.id, at, &EventBody::SessionDeleted {}).await?;
    deletions::insert(tx, pos, session).await
}

async fn append(tx: &mut Tx, session: &SessionId, at: Timestamp, body: &EventBody) -> Result<i64, StoreError> {
    let payload = serde_json::to_vec(body).map_err(|e| StoreError::Corrupt(format!("event {}: {e}", body.kind())))?;
    let event = events::append(tx, session, body.kind(), at, &payload).await?;
    webhooks::enqueue(tx, &event, session, at, body).await?;
    Ok(event.pos)
}

#[cfg(any(test, feature = "fake"))]
impl Core {
    /// Appends events as if the use cases had: for tests of what follows from them.
    pub async fn append_events(&self, session: &SessionId, bodies: Vec<EventBody>) -> Result<(), Error> {
        let (session, now, bodies) = (session.clone(), self.now(), std::sync::Arc::new(bodies));
        let write = self.store().write(move |tx| {
            let (session, bodies) = (session.clone(), bodies.clone());
            Box::pin(async move {
                for body in bodies.iter() {
                    emit(tx, &session, now, body).await?;
                }
                Ok(())
            })
        });
        Ok(write.await?)
    }
}

/// A stored event as the rest of the house knows it.
pub(crate) fn read(row: EventRow) -> Result<Event, StoreError> {
    let body = serde_json::from_slice(&row.payload)
        .map_err(|e| StoreError::Corrupt(format!("event {} of kind {}: {e}", row.id.0, row.kind)))?;
    Ok(Event { position: row.pos, id: row.id, session: row.session, seq: row.seq, at: row.at, body })
}

#[cfg(test)]
mod tests;
