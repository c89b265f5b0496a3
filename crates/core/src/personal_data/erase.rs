//! Erasing what is stored about a person. It goes in parts, each a commit of its own, so that nobody else waits long;
//! a request that was cut off is made again.

use std::sync::Arc;

use switchboard_model::{Jid, MessageId, SessionId, Timestamp};
use switchboard_store::{
    StoreError, Tx, audit,
    events::{self, EventFilter},
    messages::{self, MessageFilter},
    people::{self, ErasedRows},
};

use super::subject::Subject;
use crate::{Caller, Core, Error, caller::Scope};

/// Rows in one transaction: others wait meanwhile.
const CHUNK: u64 = 200;

/// How much of each kind went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    pub rows: ErasedRows,
    pub messages: u64,
    /// Messages of others that the person was taken out of.
    pub changed: u64,
    pub events: u64,
    pub deliveries: u64,
}

impl Core {
    /// Erases a person from everything that a session stores.
    pub async fn erase_person(&self, caller: &Caller, session: &SessionId, person: &Jid) -> Result<Erased, Error> {
        self.session_for(caller, session, Scope::Sessions).await?;
        let subject = Arc::new(self.subject(session, person).await?);
        let mut erased = Erased { rows: self.erase_rows(caller, session, &subject).await?, ..Erased::default() };
        loop {
            let order = (session.clone(), Arc::clone(&subject));
            let chunk = self.store().write_bulk(move |tx| {
                let (session, subject) = order.clone();
                Box::pin(async move { people::erase_messages(tx, &session, &subject.party, CHUNK).await })
            });
            match chunk.await? {
                0 => break,
                many => erased.messages += many,
            }
        }
        erased.changed = self.leave_messages(session, &subject).await?;
        (erased.events, erased.deliveries) = self.erase_events(session, &subject).await?;
        let order = (session.clone(), subject);
        let names = self.store().write(move |tx| {
            let (session, subject) = order.clone();
            Box::pin(async move { people::erase_names(tx, &session, &subject.party).await })
        });
        names.await?;
        self.0.recent.forget(session);
        Ok(erased)
    }

    async fn erase_rows(
        &self,
        caller: &Caller,
        session: &SessionId,
        subject: &Arc<Subject>,
    ) -> Result<ErasedRows, Error> {
        let mut entry = self.audit(caller, "person.erase", session.as_str());
        entry.detail = format!("{:?}", subject.party.jid);
        let order = (session.clone(), Arc::clone(subject), entry);
        let erased = self.store().write(move |tx| {
            let (session, subject, entry) = order.clone();
            Box::pin(async move {
                audit::insert(tx, &entry).await?;
                people::erase_rows(tx, &session, &subject.party).await
            })
        });
        Ok(erased.await?)
    }

    /// The messages of others go on without the person's part in them.
    async fn leave_messages(&self, session: &SessionId, subject: &Arc<Subject>) -> Result<u64, StoreError> {
        let (mut before, mut changed) = (None, 0);
        loop {
            let order = (session.clone(), Arc::clone(subject), before.clone());
            let (many, next) = self
                .store()
                .write_bulk(move |tx| {
                    let (session, subject, before) = order.clone();
                    Box::pin(async move { leave_page(tx, &session, &subject, before).await })
                })
                .await?;
            changed += many;
            match next {
                Some(place) => before = Some(place),
                None => return Ok(changed),
            }
        }
    }

    async fn erase_events(&self, session: &SessionId, subject: &Arc<Subject>) -> Result<(u64, u64), Error> {
        let filter = EventFilter { sessions: Some(vec![session.clone()]), ..EventFilter::default() };
        let (mut after, mut erased) = (0, (0, 0));
        loop {
            let rows = events::after(self.store().reader(), after, &filter, CHUNK).await?;
            let Some(last) = rows.last() else { return Ok(erased) };
            after = last.pos;
            let mut about = Vec::new();
            for row in &rows {
                if subject.is_in(&serde_json::from_slice(&row.payload).map_err(Error::internal)?) {
                    about.push(row.pos);
                }
            }
            if about.is_empty() {
                continue;
            }
            let order = (session.clone(), Arc::new(about));
            let chunk = self.store().write_bulk(move |tx| {
                let (session, about) = order.clone();
                Box::pin(async move { people::erase_events(tx, &session, &about).await })
            });
            let (events, deliveries) = chunk.await?;
            erased = (erased.0 + events, erased.1 + deliveries);
        }
    }
}

type Place = (Timestamp, MessageId);

async fn leave_page(
    tx: &mut Tx,
    session: &SessionId,
    subject: &Subject,
    before: Option<Place>,
) -> Result<(u64, Option<Place>), StoreError> {
    let filter = MessageFilter { before, ..MessageFilter::default() };
    let rows = messages::page(tx, session, &filter, CHUNK).await?;
    let full = rows.len() as u64 == CHUNK;
    let next = rows.last().filter(|_| full).map(|row| (row.message.timestamp, row.message.id.clone()));
    let mut changed = 0;
    for mut row in rows {
        if subject.leaves(&mut row.message) {
            messages::rewrite(tx, &row.message).await?;
            changed += 1;
        }
    }
    Ok((changed, next))
}
