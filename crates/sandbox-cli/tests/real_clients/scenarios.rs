//! What is tried with each client. Each scenario has a network of its own.

use serde_json::json;

use super::client::{Client, Link};
use super::events::{Mark, Seen};
use super::sandbox::Sandbox;

const ANNA: &str = "15550000001";
const BEN: &str = "15550000002";

pub(crate) async fn pairs_by_qr_and_talks_to_a_phone<C: Client>() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let client: C = sandbox.linked(ANNA).await;
    to_and_fro(&sandbox, &client, "first").await;
    to_and_fro(&sandbox, &client, "second").await;
    // The own phone shows what the client sent and what it was sent.
    let own = sandbox.phone_shows_text(ANNA, "second from the client").await;
    assert_eq!(own["from_me"], true);
    sandbox.phone_shows_text(ANNA, "second from the phone").await;
    contented(&sandbox, &client).await;
}

pub(crate) async fn pairs_by_code<C: Client>() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(ANNA, "Anna").await;
    sandbox.phone(BEN, "Ben").await;
    let mut client = C::create().await;
    client.start(&sandbox.url(), Link::Code { number: ANNA }).await;
    let code = client.events().wait("a code", |seen| match seen {
        Seen::Code(code) => Some(code.clone()),
        _ => None,
    });
    let code = code.await;
    sandbox.post(&format!("/phones/{ANNA}/link"), json!({ "code": code })).await;
    client.events().open(1).await;
    to_and_fro(&sandbox, &client, "linked").await;
    contented(&sandbox, &client).await;
}

pub(crate) async fn survives_a_restart_of_itself<C: Client>() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let mut client: C = sandbox.linked(ANNA).await;
    to_and_fro(&sandbox, &client, "before").await;
    client.stop().await;
    client.start(&sandbox.url(), Link::Resume).await;
    client.events().open(2).await;
    assert_eq!(sandbox.last_resumed().await, C::RESUMES);
    to_and_fro(&sandbox, &client, "after").await;
    contented(&sandbox, &client).await;
}

pub(crate) async fn survives_a_restart_of_the_network<C: Client>() {
    let mut sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let mut client: C = sandbox.linked(ANNA).await;
    to_and_fro(&sandbox, &client, "before").await;
    sandbox.restart().await;
    client.after_loss(&sandbox.url()).await;
    client.events().open(2).await;
    assert_eq!(sandbox.last_resumed().await, C::RESUMES);
    to_and_fro(&sandbox, &client, "after").await;
    contented(&sandbox, &client).await;
}

pub(crate) async fn talks_to_another_client<C: Client>() {
    two_clients_talk::<C, C>().await;
}

pub(crate) async fn two_clients_talk<A: Client, B: Client>() {
    let sandbox = Sandbox::start().await;
    let anna: A = sandbox.linked(ANNA).await;
    let ben: B = sandbox.linked(BEN).await;
    for round in 0..3 {
        let (hello, answer) = (format!("hello {round}"), format!("hello yourself {round}"));
        anna.send(BEN, &hello).await;
        ben.events().text(&hello).await;
        ben.send(ANNA, &answer).await;
        anna.events().text(&answer).await;
    }
    // Both phones show the whole conversation.
    for number in [ANNA, BEN] {
        let last = sandbox.phone_shows_text(number, "hello yourself 2").await;
        assert_eq!((&last["seq"], &last["copies"]), (&json!(6), &json!(1)));
    }
    contented(&sandbox, &anna).await;
    contented(&sandbox, &ben).await;
}

pub(crate) async fn gets_and_gives_receipts<C: Client>() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let client: C = sandbox.linked(ANNA).await;

    let id = client.send(BEN, "seen?").await;
    client.events().marked(&id, Mark::Delivered).await;
    sandbox.phone_shows_text(BEN, "seen?").await;
    sandbox.post(&format!("/phones/{BEN}/read"), json!({ "chat": ANNA, "id": id })).await;
    client.events().marked(&id, Mark::Read).await;

    let sent = sandbox.phone_sends(BEN, ANNA, "and you?").await;
    let arrived = client.events().text("and you?").await;
    assert_eq!(arrived.id, sent);
    sandbox.phone_shows(BEN, "the delivery", |m| m["id"] == sent.as_str() && m["status"] == "delivered").await;
    client.read(&arrived.chat, &arrived.id).await;
    sandbox.phone_shows(BEN, "the reading", |m| m["id"] == sent.as_str() && m["status"] == "read").await;
    contented(&sandbox, &client).await;
}

pub(crate) async fn gets_offline_messages_after_reconnecting<C: Client>() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let mut client: C = sandbox.linked(ANNA).await;
    to_and_fro(&sandbox, &client, "before").await;
    client.stop().await;
    let texts: Vec<String> = (0..20).map(|n| format!("while away {n}")).collect();
    for text in &texts {
        sandbox.phone_sends(BEN, ANNA, text).await;
    }
    client.start(&sandbox.url(), Link::Resume).await;
    client.events().text(&texts[19]).await;
    let got = client.events().all().into_iter().filter_map(|seen| match seen {
        Seen::Message(m) if m.text.starts_with("while away") => Some(m.text),
        _ => None,
    });
    assert_eq!(got.collect::<Vec<_>>(), texts, "all of them, once and in order");
    contented(&sandbox, &client).await;
}

pub(crate) async fn knows_who_is_on_whatsapp<C: Client>() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let client: C = sandbox.linked(ANNA).await;
    assert!(client.is_on_whatsapp(BEN).await);
    assert!(!client.is_on_whatsapp("15559999999").await);
    assert!(!client.is_on_whatsapp("15559999999").await, "asking does not make it exist");
    contented(&sandbox, &client).await;
}

pub(crate) async fn is_replaced_by_a_second_login<C: Client>() {
    let sandbox = Sandbox::start().await;
    let client: C = sandbox.linked(ANNA).await;
    let mut second = client.twin().await;
    second.start(&sandbox.url(), Link::Resume).await;
    client.events().closed(440).await;
    second.events().open(1).await;
    sandbox.nothing_unhandled().await;
}

pub(crate) async fn is_told_when_the_phone_unlinks_it<C: Client>() {
    let sandbox = Sandbox::start().await;
    let client: C = sandbox.linked(ANNA).await;
    let device = sandbox.devices(ANNA).await[0]["device"].clone();
    sandbox.post(&format!("/phones/{ANNA}/unlink"), json!({ "device": device })).await;
    client.events().closed(401).await;
    // Its link is worth nothing any more.
    let mut again = client.twin().await;
    again.start(&sandbox.url(), Link::Resume).await;
    again.events().closed(401).await;
    sandbox.nothing_unhandled().await;
}

pub(crate) async fn logs_out<C: Client>() {
    let sandbox = Sandbox::start().await;
    let client: C = sandbox.linked(ANNA).await;
    client.logout().await;
    client.events().closed(401).await;
    assert_eq!(sandbox.devices(ANNA).await, [json!(null); 0]);
    sandbox.nothing_unhandled().await;
}

pub(crate) async fn recovers_a_corrupted_message<C: Client>() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let client: C = sandbox.linked(ANNA).await;
    to_and_fro(&sandbox, &client, "before").await;

    sandbox.post("/faults", json!({ "kind": "corrupt", "number": ANNA, "count": 1 })).await;
    sandbox.phone_sends(BEN, ANNA, "to the client").await;
    client.events().text("to the client").await;

    sandbox.post("/faults", json!({ "kind": "corrupt", "number": BEN, "count": 1 })).await;
    client.send(BEN, "to the phone").await;
    let shown = sandbox.phone_shows_text(BEN, "to the phone").await;
    assert_eq!(shown["copies"], 1);
    to_and_fro(&sandbox, &client, "afterwards").await;
    sandbox.nothing_unhandled().await;
}

pub(crate) async fn hears_of_calls_and_rejects_them<C: Client>() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let client: C = sandbox.linked(ANNA).await;
    let call = sandbox.phone_calls(BEN, ANNA, true).await;
    let ring = client.events().rings(&call, "offer").await;
    assert_eq!((ring.video, ring.number.as_deref()), (true, Some("15550000002@s.whatsapp.net")));
    assert!(ring.from.ends_with("@lid"), "{ring:?}");
    client.reject(&ring).await;
    sandbox.call_is(BEN, &call, "rejected").await;

    let missed = sandbox.phone_calls(BEN, ANNA, false).await;
    assert!(!client.events().rings(&missed, "offer").await.video);
    sandbox.post(&format!("/phones/{BEN}/calls/{missed}/end"), json!({})).await;
    client.events().rings(&missed, "terminate").await;
    sandbox.call_is(ANNA, &missed, "missed").await;
    contented(&sandbox, &client).await;
}

/// One text from the client to Ben's phone, and one back.
async fn to_and_fro<C: Client>(sandbox: &Sandbox, client: &C, tag: &str) {
    let (there, back) = (format!("{tag} from the client"), format!("{tag} from the phone"));
    client.send(BEN, &there).await;
    let shown = sandbox.phone_shows_text(BEN, &there).await;
    assert_eq!((&shown["copies"], &shown["from_me"], &shown["type"]), (&json!(1), &json!(false), &json!("text")));
    sandbox.phone_sends(BEN, ANNA, &back).await;
    client.events().text(&back).await;
}

/// Neither side has met anything it did not expect.
async fn contented<C: Client>(sandbox: &Sandbox, client: &C) {
    sandbox.nothing_unhandled().await;
    assert_eq!(client.events().complaints(), [""; 0]);
}
