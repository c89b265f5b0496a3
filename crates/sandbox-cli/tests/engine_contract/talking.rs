//! Messages both ways and what becomes of them.

use switchboard_core::engine::{Engine, EngineError, Fact, Transmit};
use switchboard_model::{Content, MessageId};

use crate::{
    bench::{ANNA, BEN, Bench},
    running::finished,
};

const SHOP: &str = "15550000009";

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_in_with_both_names_of_its_author_and_can_be_marked_read() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    let id = MessageId(bench.phone_sends(BEN, ANNA, "hello anna").await);
    let message = anna.message("hello anna").await;
    assert_eq!((&message.id, message.from_me), (&id, false));
    assert_eq!(message.push_name.as_deref(), Some("Ben"));
    assert_eq!(message.chat, message.sender);
    assert_eq!(message.sender.pn.as_ref().unwrap().digits(), BEN);
    assert!(message.sender.lid.is_some());
    bench.all_acknowledged(ANNA).await;

    anna.link.mark_read(&message.chat.jid, None, std::slice::from_ref(&id)).await.unwrap();
    bench.phone_shows(BEN, "a read message", |shown| shown["id"] == id.0 && shown["status"] == "read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_own_phone_sends_comes_in_as_ours() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.phone_sends(ANNA, BEN, "from my phone").await;
    let message = anna.message("from my phone").await;
    assert!(message.from_me);
    assert_eq!(message.sender.pn.as_ref().unwrap().digits(), ANNA);
    assert_eq!(message.chat.pn.as_ref().unwrap().digits(), BEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn knows_who_is_on_the_network() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.post("/phones", serde_json::json!({ "number": SHOP, "name": "Soap", "business": true })).await;
    let asked = [BEN.parse().unwrap(), "15559999999".parse().unwrap(), SHOP.parse().unwrap()];
    let found = anna.link.check_numbers(&asked).await.unwrap();
    assert_eq!(found.len(), 3);
    assert!(found[0].on_whatsapp && found[0].lid.is_some() && found[0].phone == asked[0]);
    assert!(!found[1].on_whatsapp && found[1].phone == asked[1]);
    assert_eq!((found[0].business, found[0].verified_name.as_deref()), (false, None));
    assert_eq!((found[2].business, found[2].verified_name.as_deref()), (true, Some("Soap")));
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_it_cannot_send() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    let error = finished(&bench, &Content::Unknown { kind: "poll".into() }).await.unwrap_err();
    assert!(matches!(error, EngineError::Refused(_)));
    let broken = Transmit { id: bench.engine.message_id(), chat: BEN.parse().unwrap(), finished: vec![0xff; 9] };
    assert!(matches!(anna.link.transmit(&broken).await, Err(EngineError::Refused(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_on_the_phone_is_told() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    let id = MessageId(bench.phone_sends(BEN, ANNA, "read me").await);
    anna.message("read me").await;
    bench.phone_shows(ANNA, "the message", |shown| shown["id"] == id.0).await;
    bench.post(&format!("/phones/{ANNA}/read"), serde_json::json!({ "chat": BEN })).await;
    let ids = anna.fact("what was read elsewhere", |fact| match fact {
        Fact::ReadElsewhere { ids } => Some(ids.clone()),
        _ => None,
    });
    assert_eq!(ids.await, [id]);
}
