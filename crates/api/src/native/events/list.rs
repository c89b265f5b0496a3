//! `GET /v1/events`: a page now, a page as soon as there is one, or a stream.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use switchboard_core::EventPage as Page;

use super::{
    query::{Wanted, position},
    stream,
    wire::{Event, EventPage},
};
use crate::{
    http::{Api, Failure, QueryOf, SignedSocket},
    native::problem::Problem,
};

const LONGEST_WAIT: u64 = 60;

/// Read the event log. With `Accept: text/event-stream` this is a stream: each event's `id` is its position, and a
/// reader that comes back with `Last-Event-ID` misses nothing.
#[utoipa::path(get, operation_id = "read_events", path = "/v1/events", tag = "events", params(Wanted,
        ("Last-Event-ID" = Option<String>, Header, description = "For streams; wins over `after`")), responses(
    (status = 200, description = "The events behind the cursor, oldest first",
        content((EventPage = "application/json"), (String = "text/event-stream"))),
    (status = 400, body = Problem),
    (status = 404, description = "There is no such session", body = Problem),
    (status = 410, description = "`cursor_expired`: events behind the cursor are no longer kept", body = Problem),
))]
pub(super) async fn events(
    State(api): State<Api>,
    signed: SignedSocket,
    QueryOf(wanted): QueryOf<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (after, query) = (wanted.after()?, wanted.query()?);
    if asks_for_stream(&headers) {
        let after = last_event_id(&headers)?.or(after);
        return Ok(stream::open(&api, signed, query, after).await?.into_response());
    }
    let (after, wait) = (after.unwrap_or(0), wanted.wait.unwrap_or(0).min(LONGEST_WAIT));
    let page = match wait {
        0 => api.core.events(&signed.reader.caller, &query, after).await?,
        seconds => {
            let limit = Duration::from_secs(seconds);
            tokio::select! {
                page = api.core.await_events(&signed.reader.caller, &query, after, limit) => page?,
                () = api.stop.cancelled() => Page { events: Vec::new(), next: after },
            }
        }
    };
    Ok(Json(EventPage::from(page)).into_response())
}

fn asks_for_stream(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|range| range.split(';').next().unwrap_or_default().trim() == "text/event-stream")
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<i64>, Failure> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    Ok(Some(position("Last-Event-ID", text)?))
}

impl From<Page> for EventPage {
    fn from(page: Page) -> Self {
        Self { events: page.events.into_iter().map(Event::from).collect(), next_cursor: page.next.to_string() }
    }
}
