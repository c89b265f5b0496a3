use serde_json::{Value, json};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::client::{Companion, Line, attr, child};
use super::control::Control;

const ADA: u64 = 491_700_000_001;
const CALLER: u64 = 491_700_000_003;

/// Ada's companion, ready for calls.
async fn companion(control: &Control) -> (Companion, Line) {
    let mut companion = Companion::new();
    companion.link(control, ADA).await;
    let line = Line::log_in(&control.ws, &mut companion).await;
    (companion, line)
}

async fn place(control: &Control, order: Value) -> String {
    let placed = control.post(&format!("/phones/{CALLER}/calls"), order).await;
    placed["call_id"].as_str().unwrap().to_owned()
}

async fn status(control: &Control, number: u64) -> String {
    let calls = control.get(&format!("/phones/{number}/calls")).await;
    calls["calls"].as_array().unwrap().last().unwrap()["status"].as_str().unwrap().to_owned()
}

fn is(action: &'static str) -> impl Fn(&Node) -> bool {
    move |node| node.tag == "call" && child(node, action).is_some()
}

async fn reject(line: &mut Line, call: &Node) {
    let offer = child(call, "offer").unwrap();
    let action = NodeBuilder::new("reject")
        .attr("call-id", attr(offer, "call-id"))
        .attr("call-creator", attr(offer, "call-creator"))
        .attr("count", "0")
        .build();
    line.send(&NodeBuilder::new("call").attr("to", attr(call, "from")).attr("id", "R1").children([action]).build())
        .await;
    let ack = line.until(|node| node.tag == "ack" && attr(node, "id") == "R1").await;
    assert_eq!((attr(&ack, "class"), attr(&ack, "from")), ("call".into(), attr(call, "from")));
}

#[tokio::test]
async fn a_call_rings_everywhere_until_one_companion_rejects_it() {
    let control = Control::start().await;
    let (_, mut first) = companion(&control).await;
    let (_, mut second) = companion(&control).await;
    let id = place(&control, json!({ "to": ADA.to_string(), "video": true })).await;
    let call = first.until(is("offer")).await;
    let offer = child(&call, "offer").unwrap();
    assert_eq!(attr(offer, "call-id"), id);
    assert_eq!(attr(offer, "caller_pn"), format!("{CALLER}@s.whatsapp.net"));
    assert!(attr(&call, "from").ends_with("@lid") && attr(offer, "call-creator").ends_with("@lid"));
    assert!(child(offer, "video").is_some());
    second.until(is("offer")).await;
    assert_eq!((status(&control, ADA).await, status(&control, CALLER).await), ("ringing".into(), "ringing".into()));

    reject(&mut first, &call).await;
    let over = second.until(is("terminate")).await;
    assert_eq!(attr(child(&over, "terminate").unwrap(), "reason"), "rejected_elsewhere");
    assert_eq!((status(&control, ADA).await, status(&control, CALLER).await), ("rejected".into(), "rejected".into()));
    assert_eq!(control.get("/unhandled").await["unhandled"], json!([]));
}

#[tokio::test]
async fn a_missed_call_waits_for_a_companion_that_was_away() {
    let control = Control::start().await;
    let (mut ada, line) = companion(&control).await;
    drop(line);
    let id = place(&control, json!({ "to": ADA.to_string() })).await;
    control.post(&format!("/phones/{CALLER}/calls/{id}/end"), json!({})).await;
    assert_eq!(status(&control, ADA).await, "missed");

    let mut line = Line::log_in(&control.ws, &mut ada).await;
    let offer = line.until(is("offer")).await;
    let over = line.until(is("terminate")).await;
    assert_eq!((attr(&offer, "offline"), attr(&over, "offline")), ("0".into(), "0".into()));
    line.acknowledge(&offer).await;
    line.acknowledge(&over).await;
    line.ask("w:p", "get", vec![]).await;
    let queued = control.get("/state").await["accounts"][0]["devices"][0]["queued"].clone();
    assert_eq!(queued, 0, "acknowledged calls are not owed any more");
}

#[tokio::test]
async fn the_own_phone_takes_a_call_and_the_caller_ends_it() {
    let control = Control::start().await;
    let (_, mut line) = companion(&control).await;
    let id = place(&control, json!({ "to": ADA.to_string() })).await;
    control.post(&format!("/phones/{ADA}/calls/{id}/accept"), json!({})).await;
    let over = line.until(is("terminate")).await;
    assert_eq!(attr(child(&over, "terminate").unwrap(), "reason"), "accepted_elsewhere");
    assert_eq!(status(&control, CALLER).await, "accepted");
    control.post(&format!("/phones/{CALLER}/calls/{id}/end"), json!({})).await;
    assert_eq!(status(&control, ADA).await, "ended");
    let (code, _) = control.request("POST", &format!("/phones/{ADA}/calls/{id}/accept"), "", &[]).await;
    assert_eq!(code, 409);
}

#[tokio::test]
async fn a_group_call_may_be_a_notice_only() {
    let control = Control::start().await;
    let (_, mut line) = companion(&control).await;
    place(&control, json!({ "to": ADA.to_string(), "notice": true, "video": true })).await;
    let call = line.until(is("offer_notice")).await;
    let notice = child(&call, "offer_notice").unwrap();
    assert_eq!((attr(notice, "media"), attr(notice, "type")), ("video".into(), "group".into()));
}

#[tokio::test]
async fn one_who_is_blocked_rings_in_vain() {
    let control = Control::start().await;
    let (_, mut line) = companion(&control).await;
    let caller = control.post("/phones", json!({ "number": CALLER.to_string() })).await;
    let item = |action: &str| {
        let item =
            NodeBuilder::new("item").attr("action", action.to_owned()).attr("jid", caller["lid"].as_str().unwrap());
        vec![item.attr("pn_jid", format!("{CALLER}@s.whatsapp.net")).build()]
    };
    line.ask("blocklist", "set", item("block")).await;
    let list = line.ask("blocklist", "get", vec![]).await;
    let items = child(&list, "list").unwrap().children().unwrap().to_vec();
    assert_eq!(attr(&items[0], "jid"), caller["lid"].as_str().unwrap());

    place(&control, json!({ "to": ADA.to_string() })).await;
    assert_eq!(status(&control, CALLER).await, "ringing");
    assert_eq!(control.get(&format!("/phones/{ADA}/calls")).await["calls"], json!([]));
    line.ask("blocklist", "set", item("unblock")).await;
    let id = place(&control, json!({ "to": ADA.to_string() })).await;
    let first = line.until(|node| node.tag == "call").await;
    assert_eq!(attr(child(&first, "offer").unwrap(), "call-id"), id, "nothing of the first call is heard");
}
