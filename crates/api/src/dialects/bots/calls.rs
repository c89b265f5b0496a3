//! `/api/bots/{id}/calls`: history and figures.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use switchboard_core::{CallQuery, CallStats, CallView, CallsOfCaller, CallsOfDay};
use switchboard_model::{AddressError, CallStatus, Jid, Lid, Phone, Timestamp};

use super::Bot;
use crate::http::{Api, Failure, QueryOf, cursor};

#[derive(Deserialize)]
pub(super) struct Filter {
    from: Option<String>,
    since: Option<String>,
    status: Option<String>,
    limit: Option<u64>,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Call {
    id: String,
    from: Jid,
    pn: Option<Phone>,
    lid: Option<Lid>,
    video: bool,
    group: bool,
    timestamp: Timestamp,
    status: CallStatus,
    reply_sent: bool,
}

/// The figures are about all calls, whatever the filters are.
pub(super) async fn list(
    State(api): State<Api>,
    bot: Bot,
    QueryOf(filter): QueryOf<Filter>,
) -> Result<Json<Value>, Failure> {
    let page = api.core.calls(&bot.caller, &bot.id, filter.try_into()?).await?;
    let stats = api.core.call_stats(&bot.caller, &bot.id).await?;
    let calls: Vec<Call> = page.calls.into_iter().map(Call::from).collect();
    let next = page.next.map(|(at, id)| cursor::write(at, &id));
    Ok(Json(json!({ "calls": calls, "stats": shown(&stats), "next_cursor": next })))
}

fn shown(stats: &CallStats) -> Value {
    let CallStats { total, today, rejected, unique_callers, top_callers, by_day } = stats;
    let caller = |CallsOfCaller { from, calls }: &CallsOfCaller| json!({ "from": from.jid, "pn": from.pn, "lid": from.lid, "calls": calls });
    let day = |CallsOfDay { day, calls, rejected }: &CallsOfDay| json!({ "date": date(*day), "calls": calls, "rejected": rejected });
    json!({
        "total": total,
        "today": today,
        "rejected": rejected,
        "unique_callers": unique_callers,
        "top_callers": top_callers.iter().map(caller).collect::<Vec<_>>(),
        "by_day": by_day.iter().map(day).collect::<Vec<_>>(),
    })
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

impl From<CallView> for Call {
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
