//! Calls and blocks as `/v1` shows them.

use serde::Serialize;
use switchboard_core::{CallStats as CoreStats, CallView};
use switchboard_model::BlockedContact as ModelBlocked;
use utoipa::ToSchema;

use crate::native::wire::{Party, time};

#[derive(Serialize, ToSchema)]
pub(super) struct Call {
    /// The network's id for it.
    id: String,
    from: Party,
    video: bool,
    /// The call of a group.
    group: bool,
    /// The group's JID, where the network names it.
    group_jid: Option<String>,
    timestamp: String,
    /// `ringing`, `accepted` (on another device), `rejected`, `missed` or `ended`.
    #[schema(example = "rejected")]
    status: &'static str,
    /// The caller was sent the automatic reply.
    reply_sent: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CallPage {
    pub(super) calls: Vec<Call>,
    /// Where the next page begins: pass it as `cursor`.
    pub(super) next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CallStats {
    total: i64,
    /// Since midnight UTC.
    today: i64,
    rejected: i64,
    unique_callers: i64,
    /// The five who call most.
    top_callers: Vec<CallsOfCaller>,
    /// The newest thirty days that had calls.
    by_day: Vec<CallsOfDay>,
}

#[derive(Serialize, ToSchema)]
struct CallsOfCaller {
    from: Party,
    calls: i64,
}

#[derive(Serialize, ToSchema)]
struct CallsOfDay {
    /// Its beginning, UTC.
    day: String,
    calls: i64,
    rejected: i64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct BlockedContact {
    id: String,
    contact: Party,
    reason: Option<String>,
    blocked_at: String,
    /// Null: until it is taken back.
    expires_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct BlockedPage {
    pub(super) blocked_contacts: Vec<BlockedContact>,
    /// Where the next page begins: pass it as `cursor`.
    pub(super) next_cursor: Option<String>,
}

impl From<CallView> for Call {
    fn from(view: CallView) -> Self {
        let CallView { call, status, reply_sent } = view;
        Self {
            id: call.id,
            from: call.from.into(),
            video: call.video,
            group: call.group,
            group_jid: call.group_jid.map(|jid| jid.to_string()),
            timestamp: time(call.timestamp),
            status: status.as_str(),
            reply_sent,
        }
    }
}

impl From<CoreStats> for CallStats {
    fn from(stats: CoreStats) -> Self {
        let CoreStats { total, today, rejected, unique_callers, top_callers, by_day } = stats;
        let callers = top_callers.into_iter().map(|top| CallsOfCaller { from: top.from.into(), calls: top.calls });
        let days = by_day.into_iter();
        let days = days.map(|day| CallsOfDay { day: time(day.day), calls: day.calls, rejected: day.rejected });
        Self { total, today, rejected, unique_callers, top_callers: callers.collect(), by_day: days.collect() }
    }
}

impl From<ModelBlocked> for BlockedContact {
    fn from(block: ModelBlocked) -> Self {
        let ModelBlocked { id, contact, reason, blocked_at, expires_at } = block;
        Self { id, contact: contact.into(), reason, blocked_at: time(blocked_at), expires_at: expires_at.map(time) }
    }
}
