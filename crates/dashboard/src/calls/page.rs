//! The tab: settings, and what is live: blocked contacts, call history.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf, SessionPath};
use switchboard_core::{CallQuery, CallStats, CallView, Error, EventQuery};
use switchboard_model::{BlockType, BlockedContact, CallBlocking, Party, SessionId, Timestamp};
use url::form_urlencoded::Serializer;

use crate::{
    answer::{Answer, html},
    frame::Frame,
    live::{self, Fragment, Whole},
    sessions::Tabs,
    show,
    text::Text,
    visitor::{Member, Visitor},
};

const ROWS: u64 = 100;
/// Read at once where nothing is shown of it.
const MOST: u64 = 200;

#[derive(Template)]
#[template(path = "calls/page.html")]
struct Page {
    frame: Frame,
    tabs: Tabs,
    settings: CallBlocking,
    permanent: bool,
    told: Told,
    /// The same, as it changes.
    live: String,
}

/// Which part of both lists: what comes behind these, or the newest. A live view begins behind `from`.
#[derive(Deserialize)]
pub(super) struct Wanted {
    from: Option<i64>,
    call_at: Option<i64>,
    call: Option<String>,
    block_at: Option<i64>,
    block: Option<String>,
}

/// Where a page of a list begins.
type Place = Option<(Timestamp, String)>;

/// What changes while one looks: who is blocked, who called.
struct Told {
    session: SessionId,
    blocked: Vec<Blocked>,
    calls: Vec<Line>,
    stats: CallStats,
    /// Where the lists go on; each leaves the other where it is.
    more_blocked: Option<String>,
    more_calls: Option<String>,
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

pub(super) async fn page(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Answer {
    let (core, caller) = (visitor.core(), &visitor.caller);
    let at = core.newest_event().await?;
    let view = core.session(caller, &id).await?;
    let settings = core.call_blocking(caller, &id).await?;
    let told = Told::read(&visitor, &id, &wanted).await?;
    let live = address(format!("/sessions/{id}/calls/live?from={at}"), &wanted.calls(), &wanted.blocks());
    let (frame, tabs) = (visitor.frame("sessions"), Tabs::of(&visitor, &view, "calls"));
    let permanent = settings.block_type == BlockType::Permanent;
    html(&Page { frame, tabs, settings, permanent, told, live })
}

pub(super) async fn live(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Response, Failure> {
    visitor.core().session(&visitor.caller, &id).await?;
    let from = live::start(&visitor, wanted.from).await?;
    let kinds = ["call.received", "call.rejected", "call.ended", "contact.blocked", "contact.unblocked"];
    let kinds = Some(kinds.map(str::to_owned).to_vec());
    let query = EventQuery { session: Some(id.clone()), kinds, limit: None };
    Ok(live::stream(visitor, query, from, Whole::new(Called(id, wanted))))
}

/// Somebody called, or is blocked or so no more.
struct Called(SessionId, Wanted);

#[derive(Template)]
#[template(path = "calls/told.html")]
struct Drawn {
    t: &'static Text,
    told: Told,
}

impl Fragment for Called {
    type Drawn = Drawn;

    async fn read(&self, visitor: &Visitor) -> Result<Drawn, Error> {
        Ok(Drawn { t: visitor.t, told: Told::read(visitor, &self.0, &self.1).await? })
    }
}

impl Wanted {
    fn calls(&self) -> Place {
        self.call_at.map(Timestamp::from_millis).zip(self.call.clone())
    }

    fn blocks(&self) -> Place {
        self.block_at.map(Timestamp::from_millis).zip(self.block.clone())
    }
}

impl Told {
    async fn read(visitor: &Visitor, id: &SessionId, wanted: &Wanted) -> Result<Self, Error> {
        let (core, caller) = (visitor.core(), &visitor.caller);
        let blocks = core.blocked_contacts(caller, id, wanted.blocks(), Some(ROWS)).await?;
        let query = CallQuery { before: wanted.calls(), limit: Some(ROWS), ..CallQuery::default() };
        let calls = core.calls(caller, id, query).await?;
        let barred = barred(visitor, id, &calls.calls).await?;
        let stats = core.call_stats(caller, id).await?;
        let start = || format!("/sessions/{id}/calls?");
        Ok(Self {
            session: id.clone(),
            blocked: blocks.contacts.into_iter().map(Blocked::from).collect(),
            calls: calls.calls.iter().map(|call| Line::of(visitor.t, call, &barred)).collect(),
            stats,
            more_blocked: blocks.next.map(|next| address(start(), &wanted.calls(), &Some(next))),
            more_calls: calls.next.map(|next| address(start(), &Some(next), &wanted.blocks())),
        })
    }
}

/// Those of the callers who are blocked. The whole list is looked through, not only the part that is shown, and until all
/// of them are found.
async fn barred(visitor: &Visitor, id: &SessionId, calls: &[CallView]) -> Result<Vec<Party>, Error> {
    let is_open = |found: &[Party]| calls.iter().any(|call| !found.iter().any(|one| one.is_same_as(&call.call.from)));
    let (mut found, mut before) = (Vec::new(), None);
    while is_open(&found) {
        let page = visitor.core().blocked_contacts(&visitor.caller, id, before, Some(MOST)).await?;
        let contacts = page.contacts.into_iter().map(|block| block.contact);
        found.extend(contacts.filter(|contact| calls.iter().any(|call| contact.is_same_as(&call.call.from))));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    Ok(found)
}

fn address(start: String, calls: &Place, blocks: &Place) -> String {
    let begin = start.find('?').map_or(start.len(), |at| at + 1);
    let mut query = Serializer::for_suffix(start, begin);
    for (name, place) in [("call", calls), ("block", blocks)] {
        if let Some((at, row)) = place {
            query.append_pair(&format!("{name}_at"), &at.millis().to_string()).append_pair(name, row);
        }
    }
    query.finish()
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
    fn of(t: &'static Text, view: &CallView, barred: &[Party]) -> Self {
        let (status, tone) = show::call_status(t, view.status);
        Self {
            id: view.call.id.clone(),
            blocked: barred.iter().any(|contact| contact.is_same_as(&view.call.from)),
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
