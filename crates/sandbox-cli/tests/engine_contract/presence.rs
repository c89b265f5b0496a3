//! Who is there and who types, both ways.

use serde_json::json;
use switchboard_core::engine::{Fact, PresenceNews, Typing};
use switchboard_model::PresenceState;

use crate::{
    bench::{ANNA, BEN, Bench},
    running::{Running, eventually},
};

#[tokio::test(flavor = "multi_thread")]
async fn presence_and_typing_go_both_ways_in_a_group_too() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    let group = bench.post(&format!("/phones/{BEN}/groups"), json!({ "subject": "Two", "participants": [ANNA] })).await;
    let group = group["id"].as_str().unwrap();

    // In groups people go by their hidden ids; whose they are is learned with the first message.
    bench.phone_sends(BEN, group, "hello").await;
    anna.message("hello").await;

    anna.link.subscribe_presence(&BEN.parse().unwrap()).await.unwrap();
    let path = format!("/phones/{BEN}/presence");
    // It is told whichever comes first: that he is there, or that she wants to know.
    bench.post(&path, json!({ "state": "available" })).await;
    news(&anna, PresenceState::Available).await;
    bench.post(&path, json!({ "state": "unavailable" })).await;
    let gone = news(&anna, PresenceState::Unavailable).await;
    assert_eq!(gone.person.pn.unwrap().digits(), BEN);
    assert!(gone.last_seen.is_some());

    bench.post(&path, json!({ "state": "composing", "chat": ANNA })).await;
    let typing = news(&anna, PresenceState::Composing).await;
    assert_eq!((typing.chat.pn.as_ref().unwrap().digits(), &typing.chat), (BEN, &typing.person));
    bench.post(&path, json!({ "state": "recording", "chat": group })).await;
    let recording = news(&anna, PresenceState::Recording).await;
    assert_eq!(recording.chat.jid.to_string(), group);
    assert_eq!(recording.person.pn.unwrap().digits(), BEN);

    anna.link.set_typing(&BEN.parse().unwrap(), Typing::Composing).await.unwrap();
    anna.link.set_typing(&group.parse().unwrap(), Typing::Paused).await.unwrap();
    anna.link.set_presence(false).await.unwrap();
    let seen = eventually("Ben's phone sees it", async || {
        let shown = bench.get(&path).await;
        let own = bench.get(&format!("/phones/{ANNA}/presence")).await;
        (shown["seen"].as_array().unwrap().len() == 2 && own["available"] == false).then_some(shown)
    })
    .await;
    let anna_jid = format!("{ANNA}@s.whatsapp.net");
    assert_eq!(seen["seen"][0], json!({ "from": anna_jid, "chat": anna_jid, "state": "composing" }));
    assert_eq!(seen["seen"][1], json!({ "from": anna_jid, "chat": group, "state": "paused" }));
    assert_eq!(bench.get("/unhandled").await, json!({ "unhandled": [] }));
}

async fn news(running: &Running, state: PresenceState) -> PresenceNews {
    running
        .fact("news of somebody", |fact| match fact {
            Fact::Presence(news) if news.state == state => Some(news.clone()),
            _ => None,
        })
        .await
}
