use super::client::{Companion, Line, attr, bytes, child};
use super::control::Control;
use serde_json::json;

const ADA: u64 = 491_700_000_001;
const BOB: u64 = 491_700_000_002;

async fn two() -> (Control, Companion, Companion) {
    let control = Control::start().await;
    let (mut ada, mut bob) = (Companion::new(), Companion::new());
    ada.link(&control, ADA).await;
    bob.link(&control, BOB).await;
    (control, ada, bob)
}

#[tokio::test]
async fn messages_are_doubled_damaged_and_delayed() {
    let (control, mut ada, mut bob) = two().await;
    let mut to = Line::log_in(&control.ws, &mut bob).await;
    to.until(|node| child(node, "offline").is_some()).await;
    let mut from = Line::log_in(&control.ws, &mut ada).await;
    for kind in ["duplicate", "corrupt"] {
        control.post("/faults", json!({ "kind": kind, "number": BOB.to_string() })).await;
    }
    control.post("/faults", json!({ "kind": "delay", "number": BOB.to_string(), "milliseconds": 1 })).await;
    from.send_message("M1", &bob.jid(), &[0; 64]).await;
    from.send_message("M2", &bob.jid(), &[0; 64]).await;
    let mut got = Vec::new();
    for _ in 0..3 {
        let message = to.until(|node| node.tag == "message").await;
        got.push((attr(&message, "id"), bytes(child(&message, "enc").unwrap()) == [0; 64]));
    }
    assert_eq!(got, [("M1".into(), false), ("M1".into(), false), ("M2".into(), true)]);
}

#[tokio::test]
async fn a_lost_acknowledgement_does_not_lose_the_message() {
    let (control, mut ada, mut bob) = two().await;
    let mut to = Line::log_in(&control.ws, &mut bob).await;
    let mut from = Line::log_in(&control.ws, &mut ada).await;
    control.post("/faults", json!({ "kind": "lose_ack", "number": ADA.to_string() })).await;
    from.send_message("M1", &bob.jid(), b"sealed").await;
    from.send_message("M2", &bob.jid(), b"sealed").await;
    let ack = from.until(|node| node.tag == "ack").await;
    assert_eq!(attr(&ack, "id"), "M2");
    assert_eq!(attr(&to.until(|node| node.tag == "message").await, "id"), "M1");
}

#[tokio::test]
async fn connections_end_as_asked_now_and_at_the_next_login() {
    for (kind, code) in [("503", "503"), ("replaced", ""), ("device_removed", "401")] {
        let (control, mut ada, mut bob) = two().await;
        let mut line = Line::log_in(&control.ws, &mut ada).await;
        line.until(|node| child(node, "offline").is_some()).await;
        let mut other = Line::log_in(&control.ws, &mut bob).await;
        control.post("/faults", json!({ "kind": kind, "number": ADA.to_string(), "count": 2 })).await;
        let last = line.rest().await.pop().unwrap();
        assert_eq!((&*last.tag, attr(&last, "code").as_str()), ("stream:error", code), "{kind}");
        if kind != "device_removed" {
            let mut again = Line::log_in(&control.ws, &mut ada).await;
            assert_eq!(again.rest().await.pop().unwrap().tag, "stream:error", "{kind}");
            let mut third = Line::log_in(&control.ws, &mut ada).await;
            third.until(|node| node.tag == "success").await;
        }
        other.ask("w:p", "get", vec![]).await;
    }
}

#[tokio::test]
async fn a_dropped_connection_hears_nothing_and_the_state_tells_why() {
    let (control, mut ada, _) = two().await;
    let mut line = Line::log_in(&control.ws, &mut ada).await;
    line.until(|node| child(node, "offline").is_some()).await;
    control.post("/faults", json!({ "kind": "drop", "number": ADA.to_string() })).await;
    assert!(line.rest().await.is_empty());
    let state = control.get("/state").await;
    let connections = state["connections"].as_array().unwrap();
    let dropped = connections.iter().find(|c| c["close_reason"] == "fault: drop").unwrap();
    assert_eq!(dropped["number"], ADA.to_string());
    assert!(dropped["opened_at"].is_string());
}
