//! The feed as server-sent events.

use std::convert::Infallible;

use axum::response::sse::{Event as Frame, Sse};
use futures_util::{Stream, stream};
use switchboard_core::EventQuery;

use super::feed::{Feed, Item};
use crate::http::{Api, Failure, SignedSocket};

pub(super) async fn open(
    api: &Api,
    signed: SignedSocket,
    query: EventQuery,
    after: Option<i64>,
) -> Result<Sse<impl Stream<Item = Result<Frame, Infallible>> + use<>>, Failure> {
    let feed = Feed::open(api, signed, query, after).await?;
    Ok(Sse::new(stream::unfold(feed, |mut feed| async move { Some((Ok(frame(feed.next().await?)), feed)) })))
}

/// A quiet while moves the reader's `Last-Event-ID` on without waking its script: there is no data.
fn frame(item: Item) -> Frame {
    match item {
        Item::Event(event) => Frame::default().id(&event.position).data(json(&event)),
        Item::Quiet { position } => Frame::default().comment("quiet").id(position.to_string()),
        Item::Closed(farewell) => Frame::default().event("closed").data(json(&farewell)),
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
