//! Who did what.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use serde::Deserialize;
use switchboard_api::http::QueryOf;
use switchboard_core::{AuditEntry, Error, paging};
use switchboard_model::UserId;

use crate::{
    answer::{Answer, html},
    frame::Frame,
    visitor::{Member, Visitor},
};

const ROWS: u64 = 100;

#[derive(Deserialize)]
pub(super) struct Wanted {
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "people/audit.html")]
struct Page {
    frame: Frame,
    lines: Vec<Line>,
    older: Option<String>,
}

struct Line {
    entry: AuditEntry,
    /// Of whoever did it, while that user exists.
    name: Option<String>,
}

pub(super) async fn page(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let entries = visitor.core().audit_trail(&visitor.caller, wanted.before.as_deref(), Some(ROWS)).await?;
    let older = paging::last_if_full(&entries, ROWS).map(|entry| entry.id.clone());
    let lines = named(&visitor, entries).await?;
    html(&Page { frame: visitor.frame("audit"), lines, older })
}

async fn named(visitor: &Visitor, entries: Vec<AuditEntry>) -> Result<Vec<Line>, Error> {
    let actors: BTreeSet<_> = entries.iter().map(|entry| entry.actor.clone()).collect();
    let mut names = BTreeMap::new();
    for actor in actors {
        if let Some(name) = name(visitor, &actor).await? {
            names.insert(actor, name);
        }
    }
    Ok(entries.into_iter().map(|entry| Line { name: names.get(&entry.actor).cloned(), entry }).collect())
}

async fn name(visitor: &Visitor, actor: &str) -> Result<Option<String>, Error> {
    let Some(id) = actor.strip_prefix("user:").and_then(|id| id.parse().ok()) else { return Ok(None) };
    match visitor.core().user(&visitor.caller, UserId(id)).await {
        Ok(user) => Ok(Some(user.username)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}
