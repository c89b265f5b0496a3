//! Who did what.

use askama::Template;
use serde::Deserialize;
use switchboard_api::http::QueryOf;
use switchboard_core::AuditEntry;

use crate::{
    answer::{Answer, html},
    frame::Frame,
    visitor::Member,
};

const ROWS: usize = 100;

#[derive(Deserialize)]
pub(super) struct Wanted {
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "people/audit.html")]
struct Page {
    frame: Frame,
    entries: Vec<AuditEntry>,
    older: Option<String>,
}

pub(super) async fn page(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let entries = visitor.core().audit_trail(&visitor.caller, wanted.before.as_deref(), Some(ROWS as u64)).await?;
    let older = entries.last().filter(|_| entries.len() == ROWS).map(|entry| entry.id.clone());
    html(&Page { frame: visitor.frame("audit"), entries, older })
}
