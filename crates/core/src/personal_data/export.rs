//! Everything that is stored about a person, a page at a time, so that nobody has to hold it all at once.

use serde::Serialize;
use serde_json::{Value, json};
use switchboard_model::{Event, Jid, MessageId, SessionId, Timestamp};
use switchboard_store::{
    audit, blocked_contacts,
    calls::{self, CallFilter},
    chats,
    events::{self, EventFilter},
    messages::{self, MessageFilter},
    number_checks,
};

use super::subject::Subject;
use crate::{Caller, Core, Error, caller::Scope};

const PAGE: u64 = 200;
const MOST_CALLS: u64 = 10_000;

/// One thing about the person, under a word for its kind.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub data: Value,
}

/// Reads on for as long as there is more.
pub struct Export {
    core: Core,
    session: SessionId,
    subject: Subject,
    stage: Stage,
}

enum Stage {
    Rows,
    Messages(Option<(Timestamp, MessageId)>),
    Events(i64),
    Done,
}

impl Core {
    /// Begins to hand out what is stored about a person; that it was handed out is remembered.
    pub async fn export_person(&self, caller: &Caller, session: &SessionId, person: &Jid) -> Result<Export, Error> {
        self.session_for(caller, session, Scope::Read).await?;
        let subject = self.subject(session, person).await?;
        let mut entry = self.audit(caller, "person.export", session.as_str());
        entry.detail = format!("{:?}", subject.party.jid);
        self.store()
            .write(move |tx| {
                let entry = entry.clone();
                Box::pin(async move { audit::insert(tx, &entry).await })
            })
            .await?;
        Ok(Export { core: self.clone(), session: session.clone(), subject, stage: Stage::Rows })
    }
}

impl Export {
    /// The next entries, maybe none; nothing at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>, Error> {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Rows => {
                self.stage = Stage::Messages(None);
                self.rows().await.map(Some)
            }
            Stage::Messages(before) => self.messages(before).await.map(Some),
            Stage::Events(after) => self.events(after).await.map(Some),
            Stage::Done => Ok(None),
        }
    }

    async fn rows(&self) -> Result<Vec<Entry>, Error> {
        let (db, session, party) = (self.core.store().reader(), &self.session, &self.subject.party);
        let mut entries = vec![entry("person", party)?];
        for name in [party.pn.clone().map(Jid::Phone), party.lid.clone().map(Jid::Lid)].into_iter().flatten() {
            if let Some(chat) = chats::find(db, session, &name).await? {
                entries.push(entry("chat", &chat)?);
            }
        }
        let from = CallFilter { from: Some(party.clone()), ..CallFilter::default() };
        for row in calls::page(db, session, &from, MOST_CALLS).await? {
            entries.push(entry("call", &json!({ "call": row.call, "status": row.status.as_str() }))?);
        }
        for row in blocked_contacts::of_contact(db, session, party).await? {
            entries.push(entry("block", &row.block)?);
        }
        if let Some(phone) = &party.pn
            && let Some(answer) = number_checks::latest(db, session, phone).await?
        {
            let data = serde_json::from_slice(&answer).map_err(Error::internal)?;
            entries.push(Entry { kind: "number_check", data });
        }
        Ok(entries)
    }

    async fn messages(&mut self, before: Option<(Timestamp, MessageId)>) -> Result<Vec<Entry>, Error> {
        let filter = MessageFilter { person: Some(self.subject.party.clone()), before, ..MessageFilter::default() };
        let rows = messages::page(self.core.store().reader(), &self.session, &filter, PAGE).await?;
        self.stage = match rows.last() {
            Some(last) if rows.len() as u64 == PAGE => {
                Stage::Messages(Some((last.message.timestamp, last.message.id.clone())))
            }
            _ => Stage::Events(0),
        };
        let told = |row: &messages::MessageRow| {
            entry("message", &json!({ "message": row.message, "status": row.status.as_str() }))
        };
        rows.iter().map(told).collect()
    }

    async fn events(&mut self, after: i64) -> Result<Vec<Entry>, Error> {
        let filter = EventFilter { sessions: Some(vec![self.session.clone()]), ..EventFilter::default() };
        let rows = events::after(self.core.store().reader(), after, &filter, PAGE).await?;
        if let Some(last) = rows.last().filter(|_| rows.len() as u64 == PAGE) {
            self.stage = Stage::Events(last.pos);
        }
        let mut entries = Vec::new();
        for row in rows {
            let event: Event = crate::events::read(row)?;
            let event = entry("event", &event)?;
            if self.subject.is_in(&event.data["data"]) {
                entries.push(event);
            }
        }
        Ok(entries)
    }
}

fn entry(kind: &'static str, data: &impl Serialize) -> Result<Entry, Error> {
    Ok(Entry { kind, data: serde_json::to_value(data).map_err(Error::internal)? })
}
