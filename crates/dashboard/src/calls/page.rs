//! The tab: settings, blocked contacts, call history.

use std::collections::HashSet;

use askama::Template;
use switchboard_api::http::SessionPath;
use switchboard_core::{CallQuery, CallStats, CallView};
use switchboard_model::{BlockType, BlockedContact, CallBlocking, CallStatus, Jid};

use crate::{
    answer::{Answer, html},
    frame::Frame,
    sessions::Tabs,
    show,
    text::Text,
    visitor::Member,
};

const ROWS: u64 = 100;

#[derive(Template)]
#[template(path = "calls/page.html")]
struct Page {
    frame: Frame,
    tabs: Tabs,
    settings: CallBlocking,
    permanent: bool,
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
    let view = core.session(caller, &id).await?;
    let settings = core.call_blocking(caller, &id).await?;
    let contacts = core.blocked_contacts(caller, &id, None, Some(ROWS)).await?.contacts;
    let barred: HashSet<Jid> = contacts.iter().map(|block| block.contact.jid.clone()).collect();
    let calls = core.calls(caller, &id, CallQuery { limit: Some(ROWS), ..CallQuery::default() }).await?.calls;
    let calls = calls.iter().map(|call| Line::of(visitor.t, call, &barred)).collect();
    let stats = core.call_stats(caller, &id).await?;
    let (frame, tabs) = (visitor.frame("sessions"), Tabs::of(&visitor, &view, "calls"));
    let permanent = settings.block_type == BlockType::Permanent;
    html(&Page {
        frame,
        tabs,
        settings,
        permanent,
        blocked: contacts.into_iter().map(Blocked::from).collect(),
        calls,
        stats,
    })
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
        let (status, tone) = match view.status {
            CallStatus::Ringing => (t.call_ringing, "busy"),
            CallStatus::Accepted => (t.call_accepted, "good"),
            CallStatus::Rejected => (t.call_rejected, "bad"),
            CallStatus::Missed => (t.call_missed, "wait"),
            CallStatus::Ended => (t.call_ended, "idle"),
        };
        Self {
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
