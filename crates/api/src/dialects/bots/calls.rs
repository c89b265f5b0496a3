//! `/api/bots/{id}/calls`: history and figures.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use switchboard_core::{CallQuery, CallStats, CallView};
use switchboard_model::{AddressError, CallStatus, Jid, Lid, Party, Phone, Timestamp};
use utoipa::{IntoParams, ToSchema};

use super::Bot;
use crate::http::{Api, Failure, QueryOf, cursor};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only this caller's: a phone number or JID.
    from: Option<String>,
    /// Only calls since this time (RFC 3339).
    since: Option<String>,
    /// `ringing`, `accepted`, `rejected`, `missed` or `ended`.
    status: Option<String>,
    /// 50 by default, 200 at most.
    limit: Option<u64>,
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CallLog {
    calls: Vec<LoggedCall>,
    stats: Figures,
    /// Where the next page begins: pass it as `cursor`.
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct LoggedCall {
    /// The network's id for it.
    id: String,
    #[schema(value_type = String, example = "6281381393739@s.whatsapp.net")]
    from: Jid,
    #[schema(value_type = Option<String>)]
    pn: Option<Phone>,
    #[schema(value_type = Option<String>)]
    lid: Option<Lid>,
    video: bool,
    /// The call of a group.
    group: bool,
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// `ringing`, `accepted` (on another device), `rejected`, `missed` or `ended`.
    #[schema(value_type = String, example = "rejected")]
    status: CallStatus,
    /// The caller was sent the automatic reply.
    reply_sent: bool,
}

/// About all calls, whatever the filters are.
#[derive(Serialize, ToSchema)]
struct Figures {
    total: i64,
    /// Since midnight UTC.
    today: i64,
    rejected: i64,
    unique_callers: i64,
    /// The five who call most.
    top_callers: Vec<CallerCalls>,
    /// The newest thirty days that had calls.
    by_day: Vec<DayCalls>,
}

#[derive(Serialize, ToSchema)]
struct CallerCalls {
    #[schema(value_type = String)]
    from: Jid,
    #[schema(value_type = Option<String>)]
    pn: Option<Phone>,
    #[schema(value_type = Option<String>)]
    lid: Option<Lid>,
    calls: i64,
}

#[derive(Serialize, ToSchema)]
struct DayCalls {
    #[schema(example = "2026-01-05")]
    date: String,
    calls: i64,
    rejected: i64,
}

/// List a bot's calls, newest first, with figures about all of them.
#[utoipa::path(get, operation_id = "list_calls", path = "/api/bots/{id}/calls", tag = "bots",
    params(("id" = String, Path), Filter), responses((status = 200, body = CallLog)))]
pub(super) async fn list(
    State(api): State<Api>,
    bot: Bot,
    QueryOf(filter): QueryOf<Filter>,
) -> Result<Json<CallLog>, Failure> {
    let page = api.core.calls(&bot.caller, &bot.id, filter.try_into()?).await?;
    let stats = api.core.call_stats(&bot.caller, &bot.id).await?;
    Ok(Json(CallLog {
        calls: page.calls.into_iter().map(LoggedCall::from).collect(),
        stats: stats.into(),
        next_cursor: page.next.map(|(at, id)| cursor::write(at, &id)),
    }))
}

impl From<CallStats> for Figures {
    fn from(stats: CallStats) -> Self {
        let CallStats { total, today, rejected, unique_callers, top_callers, by_day } = stats;
        let callers = top_callers.into_iter().map(|top| {
            let Party { jid, pn, lid } = top.from;
            CallerCalls { from: jid, pn, lid, calls: top.calls }
        });
        let days =
            by_day.into_iter().map(|day| DayCalls { date: date(day.day), calls: day.calls, rejected: day.rejected });
        Self { total, today, rejected, unique_callers, top_callers: callers.collect(), by_day: days.collect() }
    }
}

/// `2026-01-05`.
fn date(day: Timestamp) -> String {
    day.to_string().chars().take_while(|c| *c != 'T').collect()
}

impl TryFrom<Filter> for CallQuery {
    type Error = Failure;

    fn try_from(filter: Filter) -> Result<Self, Failure> {
        let from = |text: String| text.parse().map_err(|e: AddressError| Failure::invalid("from", e.to_string()));
        let since = |text: String| {
            text.parse().map_err(|_| Failure::invalid("since", "is a time such as 2026-01-05T09:00:00Z"))
        };
        let status = |word: String| {
            let known = "is one of ringing, accepted, rejected, missed and ended";
            CallStatus::parse(&word).ok_or_else(|| Failure::invalid("status", known))
        };
        Ok(Self {
            from: filter.from.map(from).transpose()?,
            since: filter.since.map(since).transpose()?,
            status: filter.status.map(status).transpose()?,
            before: filter.cursor.as_deref().map(cursor::read).transpose()?,
            limit: filter.limit,
        })
    }
}

impl From<CallView> for LoggedCall {
    fn from(view: CallView) -> Self {
        let CallView { call, status, reply_sent } = view;
        Self {
            id: call.id,
            from: call.from.jid,
            pn: call.from.pn,
            lid: call.from.lid,
            video: call.video,
            group: call.group,
            timestamp: call.timestamp,
            status,
            reply_sent,
        }
    }
}
