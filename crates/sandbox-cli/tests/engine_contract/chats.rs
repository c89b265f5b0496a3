//! What the account's devices agree on about chats, and the phone's past.

use serde_json::{Value, json};
use switchboard_core::engine::{ChatDecision, ChatTurn, Engine, Fact, LabelTurn, Starred};
use switchboard_model::{Jid, Label, MessageId, Mute, Party, Timestamp};

use crate::{
    bench::{ANNA, BEN, Bench},
    running::{Running, eventually},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_about_chats_goes_both_ways() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    let id = MessageId(bench.phone_sends(BEN, ANNA, "keep me").await);
    anna.message("keep me").await;
    let ben: Jid = BEN.parse().unwrap();
    let until = Mute::Until(Timestamp::from_millis(1_900_000_000_000));
    for decision in [
        ChatDecision::Archived(true),
        ChatDecision::Pinned(true),
        ChatDecision::Muted(until),
        ChatDecision::Read(false),
    ] {
        anna.link.decide(&ben, decision).await.unwrap();
    }
    let starred = Starred { chat: ben.clone(), sender: ben.clone(), id: id.clone(), from_me: false };
    anna.link.star(&starred, true).await.unwrap();
    let jid = format!("{BEN}@s.whatsapp.net");
    for (index, says) in [
        (json!(["archive", jid]), json!({ "archived": true })),
        (json!(["pin_v1", jid]), json!({ "pinned": true })),
        (json!(["mute", jid]), json!({ "muted": true, "muted_until": 1_900_000_000_000_i64 })),
        (json!(["markChatAsRead", jid]), json!({ "read": false })),
        (json!(["star", jid, id.0, "0", "0"]), json!({ "starred": true })),
    ] {
        bench_reads(&bench, &index, &says).await;
    }

    let decide = json!({ "chat": BEN, "pinned": false, "muted_until": -1, "name": "Benjamin",
        "star": { "id": id.0, "starred": false } });
    bench.post(&format!("/phones/{ANNA}/chats"), decide).await;
    for turn in [
        ChatTurn::Decided(ChatDecision::Pinned(false)),
        ChatTurn::Decided(ChatDecision::Muted(Mute::Forever)),
        ChatTurn::Named("Benjamin".to_owned()),
        ChatTurn::Starred { id, starred: false },
    ] {
        hears(&anna, &turn).await;
    }
    assert_eq!(bench.get("/unhandled").await, json!({ "unhandled": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_begins_with_the_snapshot() {
    let bench = Bench::start().await;
    bench.post(&format!("/phones/{ANNA}/chats"), json!({ "chat": BEN, "archived": true })).await;
    bench.post(&format!("/phones/{ANNA}/chats"), json!({ "chat": BEN, "pinned": true, "archived": false })).await;
    let anna = bench.linked("s").await;
    let old = anna.fact("what was decided before", |fact| match fact {
        Fact::Chat(news) if news.turn == ChatTurn::Decided(ChatDecision::Pinned(true)) => Some(news.old),
        _ => None,
    });
    assert!(old.await, "no news to anybody");
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_go_both_ways() {
    let bench = Bench::start().await;
    bench.post(&format!("/phones/{ANNA}/labels"), json!({ "id": "1", "name": "Old", "color": 1 })).await;
    let anna = bench.linked("s").await;
    let label = |id: &str, name: &str, color| Label { id: id.to_owned(), name: name.to_owned(), color };
    assert!(hears_of_label(&anna, &LabelTurn::Is(label("1", "Old", 1))).await, "no news to anybody");
    let (ben, jid): (Jid, _) = (BEN.parse().unwrap(), format!("{BEN}@s.whatsapp.net"));
    anna.link.put_label(&label("2", "New customer", 3)).await.unwrap();
    anna.link.label_chat(&ben, "2", true).await.unwrap();
    let made = json!({ "label": "New customer", "color": 3, "deleted": false });
    bench_reads(&bench, &json!(["label_edit", "2"]), &made).await;
    bench_reads(&bench, &json!(["label_jid", "2", jid]), &json!({ "labeled": true })).await;
    anna.link.label_chat(&ben, "2", false).await.unwrap();
    bench_reads(&bench, &json!(["label_jid", "2", jid]), &json!({ "labeled": false })).await;
    anna.link.delete_label("2").await.unwrap();
    bench_reads(&bench, &json!(["label_edit", "2"]), &json!({ "deleted": true })).await;

    bench.post(&format!("/phones/{ANNA}/labels"), json!({ "id": "3", "name": "Paid", "color": 5 })).await;
    bench.post(&format!("/phones/{ANNA}/chats"), json!({ "chat": BEN, "label": { "id": "3", "on": true } })).await;
    bench.post(&format!("/phones/{ANNA}/labels"), json!({ "id": "1", "deleted": true })).await;
    let chat = Party::from(ben);
    for turn in [
        LabelTurn::Is(label("3", "Paid", 5)),
        LabelTurn::OnChat { chat, label: "3".to_owned(), labeled: true },
        LabelTurn::Deleted { id: "1".to_owned() },
    ] {
        assert!(!hears_of_label(&anna, &turn).await, "news: {turn:?}");
    }
    assert_eq!(bench.get("/unhandled").await, json!({ "unhandled": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phones_past_is_handed_over_in_pieces() {
    let bench = Bench::start().await;
    let hello = json!({ "id": "OLD1", "text": "hello from then", "timestamp": 1_700_000_000, "from_me": true });
    let chat =
        json!({ "chat": BEN, "name": "Ben", "unread": 2, "archived": true, "messages": [hello], "count": 2_500 });
    bench.post(&format!("/phones/{ANNA}/history"), json!({ "chats": [chat] })).await;
    let anna = bench.linked("s").await;
    let own = Party::from(ANNA.parse::<Jid>().unwrap());
    let mut messages = 0;
    for (kind, progress) in [("initial", 33), ("recent", 66), ("recent", 100), ("names", 100)] {
        let piece = anna.fact(kind, |fact| match fact {
            Fact::History(piece) if (piece.kind, piece.progress) == (kind, progress) => Some(piece.clone()),
            _ => None,
        });
        let piece = piece.await;
        let chats: Vec<_> = bench.engine.read_history(&own, &piece.body).unwrap().map(Result::unwrap).collect();
        assert_eq!((chats.len(), chats[0].party.pn.as_ref().unwrap().digits()), (1, BEN), "{piece:?}");
        messages += chats[0].messages.len();
        if kind == "initial" {
            let state = chats[0].state.unwrap();
            assert_eq!((state.unread, state.archived, chats[0].name.as_deref()), (2, true, Some("Ben")));
            let old = chats[0].messages.iter().find(|past| past.message.id.0 == "OLD1").unwrap();
            assert_eq!((old.message.content.text(), old.message.from_me), (Some("hello from then"), true));
        }
    }
    assert_eq!(messages, 2_501);
}

async fn hears(anna: &Running, wanted: &ChatTurn) {
    let what = format!("{wanted:?}");
    let chat = anna.fact(&what, |fact| match fact {
        Fact::Chat(news) if news.turn == *wanted => Some(news.chat.clone()),
        _ => None,
    });
    assert_eq!(chat.await.pn.unwrap().digits(), BEN);
}

/// Waits for it, and tells whether it was part of what a new device is told at first.
async fn hears_of_label(anna: &Running, wanted: &LabelTurn) -> bool {
    let is = |turn: &LabelTurn| match (turn, wanted) {
        (LabelTurn::OnChat { chat, label, labeled }, LabelTurn::OnChat { chat: other, label: id, labeled: on }) => {
            chat.is_same_as(other) && (label, labeled) == (id, on)
        }
        (turn, wanted) => turn == wanted,
    };
    let what = format!("{wanted:?}");
    let told = anna.fact(&what, |fact| match fact {
        Fact::Label(news) if is(&news.turn) => Some(news.old),
        _ => None,
    });
    told.await
}

/// Waits until the phone reads such a record in the account's collections.
async fn bench_reads(bench: &Bench, index: &Value, says: &Value) {
    eventually(&format!("{index} says {says}"), async || {
        let all = bench.get(&format!("/phones/{ANNA}/chats")).await;
        let collections = all["collections"].as_object()?.clone();
        let mut records = collections.values().flat_map(|records| records.as_array().into_iter().flatten());
        records.any(|record| record["index"] == *index && record["says"] == *says).then_some(())
    })
    .await;
}
