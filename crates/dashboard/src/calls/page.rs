//! The tab: settings, and what is live: blocked contacts, call history.

use std::collections::HashSet;

use askama::Template;
use axum::response::Response;
use switchboard_api::http::{Failure, QueryOf, SessionPath};
use switchboard_core::{CallQuery, CallStats, CallView, Error, EventQuery};
use switchboard_model::{BlockType, BlockedContact, CallBlocking, Jid, SessionId};

use crate::{
    answer::{Answer, html},
    frame::Frame,
    live::{self, Begin, Fragment, Whole},
    sessions::Tabs,
    show,
    text::Text,
    visitor::{Member, Visitor},
};

const ROWS: u64 = 100;

#[derive(Template)]
#[template(path = "calls/page.html")]
struct Page {
    frame: Frame,
    tabs: Tabs,
    settings: CallBlocking,
    permanent: bool,
    told: Told,
    at: i64,
}

/// What changes while one looks: who is blocked, who called.
struct Told {
    session: SessionId,
    blocked: Vec<Blocked>,
    calls: Vec<Line>,
    stats: CallStats,
}

struct Blocked {
    id: String,
    name: String,
    reason: String,
    until: Option<String>,
}

struct Line {
    id: String,
    jid: String,
    name: String,
    at: String,
    status: &'static str,
    tone: &'static str,
    video: bool,
    replied: bool,
    blocked: bool,
}

pub(super) async fn page(Member(visitor): Member, SessionPath(id): SessionPath) -> Answer {
    let (core, caller) = (visitor.core(), &visitor.caller);
    let at = core.newest_event().await?;
    let view = core.session(caller, &id).await?;
    let settings = core.call_blocking(caller, &id).await?;
    let told = Told::read(&visitor, &id).await?;
    let (frame, tabs) = (visitor.frame("sessions"), Tabs::of(&visitor, &view, "calls"));
    let permanent = settings.block_type == BlockType::Permanent;
    html(&Page { frame, tabs, settings, permanent, told, at })
}

pub(super) async fn live(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    QueryOf(wanted): QueryOf<Begin>,
) -> Result<Response, Failure> {
    visitor.core().session(&visitor.caller, &id).await?;
    let from = live::start(&visitor, wanted.from).await?;
    let kinds = ["call.received", "call.rejected", "call.ended", "contact.blocked", "contact.unblocked"];
    let kinds = Some(kinds.map(str::to_owned).to_vec());
    let query = EventQuery { session: Some(id.clone()), kinds, limit: None };
    Ok(live::stream(visitor, query, from, Whole::new(Called(id))))
}

/// Somebody called, or is blocked or so no more.
struct Called(SessionId);

#[derive(Template)]
#[template(path = "calls/told.html")]
struct Drawn {
    t: &'static Text,
    told: Told,
}

impl Fragment for Called {
    type Drawn = Drawn;

    async fn read(&self, visitor: &Visitor) -> Result<Drawn, Error> {
        Ok(Drawn { t: visitor.t, told: Told::read(visitor, &self.0).await? })
    }
}

impl Told {
    async fn read(visitor: &Visitor, id: &SessionId) -> Result<Self, Error> {
        let (core, caller) = (visitor.core(), &visitor.caller);
        let contacts = core.blocked_contacts(caller, id, None, Some(ROWS)).await?.contacts;
        let barred: HashSet<Jid> = contacts.iter().map(|block| block.contact.jid.clone()).collect();
        let calls = core.calls(caller, id, CallQuery { limit: Some(ROWS), ..CallQuery::default() }).await?.calls;
        let calls = calls.iter().map(|call| Line::of(visitor.t, call, &barred)).collect();
        let stats = core.call_stats(caller, id).await?;
        let blocked = contacts.into_iter().map(Blocked::from).collect();
        Ok(Self { session: id.clone(), blocked, calls, stats })
    }
}

impl From<BlockedContact> for Blocked {
    fn from(block: BlockedContact) -> Self {
        Self {
            name: show::party(&block.contact),
            reason: block.reason.unwrap_or_default(),
            until: block.expires_at.map(|until| until.to_string()),
            id: block.id,
        }
    }
}

impl Line {
    fn of(t: &'static Text, view: &CallView, barred: &HashSet<Jid>) -> Self {
        let (status, tone) = show::call_status(t, view.status);
        Self {
            id: view.call.id.clone(),
            blocked: barred.contains(&view.call.from.jid),
            jid: view.call.from.jid.to_string(),
            name: show::party(&view.call.from),
            at: view.call.timestamp.to_string(),
            status,
            tone,
            video: view.call.video,
            replied: view.reply_sent,
        }
    }
}
