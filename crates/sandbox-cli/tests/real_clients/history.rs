//! A phone's past, as Baileys 7 reads it.

use std::collections::HashSet;

use serde_json::json;

use super::baileys::Baileys7;
use super::client::Client as _;
use super::events::Seen;
use super::sandbox::Sandbox;

const ANNA: &str = "15550000001";
const BEN: &str = "15550000002";

#[tokio::test(flavor = "multi_thread")]
async fn the_client_reads_the_phones_past_in_all_its_pieces() {
    let sandbox = Sandbox::start().await;
    for (number, name) in [(ANNA, "Anna"), (BEN, "Ben")] {
        sandbox.phone(number, name).await;
    }
    let hello = json!({ "id": "OLD1", "text": "hello from then", "timestamp": 1_700_000_000 });
    let chat = json!({ "chat": BEN, "name": "Ben", "unread": 2, "messages": [hello], "count": 2_500 });
    sandbox.post(&format!("/phones/{ANNA}/history"), json!({ "chats": [chat] })).await;
    let anna: Baileys7 = sandbox.linked(ANNA).await;
    // The newest inside a message, the others from the media host, in pieces.
    let all = anna.events().wait("the whole past", |_| {
        let pieces = anna.events().all().into_iter().filter_map(|seen| match seen {
            Seen::History(piece) => Some(piece),
            _ => None,
        });
        let ids = pieces.flat_map(|piece| piece["messages"].as_array().cloned().unwrap_or_default());
        let ids: HashSet<String> = ids.filter_map(|id| id.as_str().map(str::to_owned)).collect();
        (ids.len() == 2_501).then_some(ids)
    });
    assert!(all.await.contains("OLD1"));
    sandbox.nothing_unhandled().await;
}
