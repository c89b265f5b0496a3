//! Looking at calls, and declining one by hand.

use std::collections::BTreeMap;

use switchboard_model::{Call, CallStatus, Jid, Party, SessionId, Timestamp};
use switchboard_store::calls::{self, CallFilter, CallRow, Tally};

use super::record;
use crate::{Caller, Core, Error, caller::Scope, excerpt, paging};

const TOP: usize = 5;
const DAYS: usize = 30;

/// A call and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallView {
    pub call: Call,
    pub status: CallStatus,
    /// The caller was sent the automatic reply.
    pub reply_sent: bool,
}

#[derive(Clone, Debug, Default)]
pub struct CallQuery {
    pub from: Option<Jid>,
    pub since: Option<Timestamp>,
    pub status: Option<CallStatus>,
    pub before: Option<(Timestamp, String)>,
    pub limit: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct CallPage {
    pub calls: Vec<CallView>,
    /// Where the next page begins, if this one was full.
    pub next: Option<(Timestamp, String)>,
}

/// Figures about all logged calls of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallStats {
    pub total: i64,
    /// Since midnight UTC.
    pub today: i64,
    pub rejected: i64,
    pub unique_callers: i64,
    pub top_callers: Vec<CallsOfCaller>,
    /// The newest days that had calls, oldest first.
    pub by_day: Vec<CallsOfDay>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CallsOfCaller {
    pub from: Party,
    pub calls: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CallsOfDay {
    /// Its beginning, UTC.
    pub day: Timestamp,
    pub calls: i64,
    pub rejected: i64,
}

impl Core {
    /// A page of a session's calls, newest first.
    pub async fn calls(&self, caller: &Caller, session: &SessionId, query: CallQuery) -> Result<CallPage, Error> {
        self.session_for(caller, session, looking(caller)).await?;
        let limit = paging::size(query.limit);
        let CallQuery { from, since, status, before, .. } = query;
        let filter = CallFilter { from: from.map(Party::from), since, status, before };
        let rows = calls::page(self.store().reader(), session, &filter, limit).await?;
        let next = paging::last_if_full(&rows, limit).map(|row| (row.call.timestamp, row.call.id.clone()));
        Ok(CallPage { calls: rows.into_iter().map(CallView::from).collect(), next })
    }

    pub async fn call_stats(&self, caller: &Caller, session: &SessionId) -> Result<CallStats, Error> {
        self.session_for(caller, session, looking(caller)).await?;
        let db = self.store().reader();
        let tallies = calls::tallies(db, session).await?;
        let mut stats = counted(&tallies, self.now());
        let callers = callers(&tallies);
        stats.unique_callers = i64::try_from(callers.len()).unwrap_or(i64::MAX);
        for (calls, example) in callers.into_iter().take(TOP) {
            if let Some(row) = calls::find(db, session, &example).await? {
                stats.top_callers.push(CallsOfCaller { from: row.call.from, calls });
            }
        }
        Ok(stats)
    }

    /// Declines a call that rings.
    pub async fn reject_call(&self, caller: &Caller, session: &SessionId, id: &str) -> Result<CallView, Error> {
        let row = self.session_for(caller, session, Scope::Calls).await?;
        let call = self.call_row(session, id).await?;
        if call.status != CallStatus::Ringing {
            return Err(Error::Conflict(format!("the call is {} already", call.status.as_str())));
        }
        let link = self.link_here(&row).await?;
        link.reject_call(&call.call).await?;
        let (of, call_id, now) = (session.clone(), id.to_owned(), self.now());
        self.store()
            .write(move |tx| {
                let (session, id) = (of.clone(), call_id.clone());
                Box::pin(async move { record::changed(tx, &session, &id, CallStatus::Rejected, false, now).await })
            })
            .await?;
        self.call_row(session, id).await.map(CallView::from)
    }

    async fn call_row(&self, session: &SessionId, id: &str) -> Result<CallRow, Error> {
        // Not every database compares other letters with an id's.
        let found = if id.is_ascii() { calls::find(self.store().reader(), session, id).await? } else { None };
        found.ok_or_else(|| Error::not_found("call", excerpt(id)))
    }
}

/// Calls are seen by those who may read, and by those who may change what is done about them.
fn looking(caller: &Caller) -> Scope {
    if caller.has(Scope::Calls) { Scope::Calls } else { Scope::Read }
}

fn counted(tallies: &[Tally], now: Timestamp) -> CallStats {
    const DAY: i64 = 24 * 3600 * 1000;
    let today = now.millis() - now.millis().rem_euclid(DAY);
    let mut days: BTreeMap<i64, CallsOfDay> = BTreeMap::new();
    let mut stats = CallStats::default();
    for tally in tallies {
        let rejected = if tally.status == CallStatus::Rejected { tally.calls } else { 0 };
        stats.total += tally.calls;
        stats.rejected += rejected;
        stats.today += if tally.day.millis() == today { tally.calls } else { 0 };
        let none = CallsOfDay { day: tally.day, calls: 0, rejected: 0 };
        let day = days.entry(tally.day.millis()).or_insert(none);
        day.calls += tally.calls;
        day.rejected += rejected;
    }
    let skipped = days.len().saturating_sub(DAYS);
    stats.by_day = days.into_values().skip(skipped).collect();
    stats
}

/// So many calls of each caller with one of them, the busiest first. Who was seen under one name, then under both,
/// is one caller.
fn callers(tallies: &[Tally]) -> Vec<(i64, String)> {
    let mut groups: Vec<(Vec<&str>, i64, String)> = Vec::new();
    for tally in tallies {
        let names: Vec<&str> = [&tally.caller.0, &tally.caller.1].into_iter().flatten().map(String::as_str).collect();
        let mut group = (names, tally.calls, tally.example.clone());
        let (same, rest): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|(names, ..)| names.iter().any(|name| group.0.contains(name)));
        groups = rest;
        for (names, calls, example) in same {
            // The one that knows more names tells more of the caller.
            if names.len() >= group.0.len() {
                group.2 = example;
            }
            group.0.extend(names);
            group.1 += calls;
        }
        group.0.sort_unstable();
        group.0.dedup();
        groups.push(group);
    }
    let mut callers: Vec<_> = groups.into_iter().map(|(_, calls, example)| (calls, example)).collect();
    callers.sort_by(|one, other| other.cmp(one));
    callers
}

impl From<CallRow> for CallView {
    fn from(row: CallRow) -> Self {
        let CallRow { call, status, reply_sent, .. } = row;
        Self { call, status, reply_sent }
    }
}
