use super::client::{Companion, Line, attr, child};
use super::control::Control;
use serde_json::json;

const ADA: u64 = 491_700_000_001;

#[tokio::test]
async fn a_companion_is_linked_logs_in_and_resumes() {
    let control = Control::start().await;
    let mut companion = Companion::new();
    companion.link(&control, ADA).await;
    assert_eq!(companion.device, 1);
    let mut line = Line::log_in(&control.ws, &mut companion).await;
    let success = line.until(|node| node.tag == "success").await;
    assert!(attr(&success, "lid").ends_with("@lid"));
    drop(line);
    let mut line = Line::resume(&control.ws, &companion).await;
    line.until(|node| node.tag == "success").await;
}

#[tokio::test]
async fn six_references_are_offered_and_a_wrong_code_is_refused() {
    let control = Control::start().await;
    let mut companion = Companion::new();
    let mut line = Line::register(&control.ws, &mut companion).await;
    let offer = line.until(|node| child(node, "pair-device").is_some()).await;
    assert_eq!(child(&offer, "pair-device").unwrap().children().unwrap().len(), 6);
    let stranger = Companion::new();
    let reference = super::client::bytes(&child(&offer, "pair-device").unwrap().children().unwrap()[0]);
    let qr = stranger.qr(&String::from_utf8(reference).unwrap());
    let body = json!({ "qr": qr }).to_string();
    let (status, answer) = control.request("POST", "/phones/491700000001/scan", &body, &[]).await;
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("another client's keys"), "{answer}");
    let body = json!({ "qr": stranger.qr("2@unknown") }).to_string();
    let (status, answer) = control.request("POST", "/phones/491700000001/scan", &body, &[]).await;
    assert_eq!(status, 404, "{answer}");
}

#[tokio::test]
async fn a_scan_tells_when_the_client_goes_away() {
    let control = Control::start().await;
    let mut companion = Companion::new();
    let mut line = Line::register(&control.ws, &mut companion).await;
    let offer = line.until(|node| child(node, "pair-device").is_some()).await;
    let reference = super::client::bytes(&child(&offer, "pair-device").unwrap().children().unwrap()[0]);
    let body = json!({ "qr": companion.qr(&String::from_utf8(reference).unwrap()) }).to_string();
    let scan = control.request("POST", "/phones/491700000001/scan", &body, &[]);
    let leave = async {
        line.until(|node| child(node, "pair-success").is_some()).await;
        drop(line);
    };
    let ((status, answer), ()) = tokio::join!(scan, leave);
    assert_eq!(status, 409, "{answer}");
    assert_eq!(control.get("/state").await["accounts"][0]["devices"], json!([]));
}

#[tokio::test]
async fn the_newer_of_two_connections_wins() {
    let control = Control::start().await;
    let mut companion = Companion::new();
    companion.link(&control, ADA).await;
    let mut older = Line::log_in(&control.ws, &mut companion).await;
    older.until(|node| node.tag == "success").await;
    let mut newer = Line::log_in(&control.ws, &mut companion).await;
    newer.until(|node| node.tag == "success").await;
    let rest = older.rest().await;
    let conflict = child(rest.last().unwrap(), "conflict").unwrap();
    assert_eq!(attr(conflict, "type"), "replaced");
    let answer = newer.ask("w:p", "get", vec![]).await;
    assert_eq!(attr(&answer, "type"), "result");
}

#[tokio::test]
async fn an_unlinked_companion_is_thrown_out_and_stays_out() {
    let control = Control::start().await;
    let mut companion = Companion::new();
    companion.link(&control, ADA).await;
    let mut line = Line::log_in(&control.ws, &mut companion).await;
    line.until(|node| node.tag == "success").await;
    control.post("/phones/491700000001/unlink", json!({ "device": companion.device })).await;
    let rest = line.rest().await;
    assert_eq!(attr(rest.last().unwrap(), "code"), "401");
    assert_eq!(attr(child(rest.last().unwrap(), "conflict").unwrap(), "type"), "device_removed");
    let mut line = Line::log_in(&control.ws, &mut companion).await;
    let failure = line.next().await.unwrap();
    assert_eq!((&*failure.tag, attr(&failure, "reason").as_str()), ("failure", "401"));
    assert!(line.next().await.is_none());
}

#[tokio::test]
async fn other_companions_hear_of_a_new_one_and_of_its_end() {
    let control = Control::start().await;
    let mut first = Companion::new();
    first.link(&control, ADA).await;
    let mut line = Line::log_in(&control.ws, &mut first).await;
    let mut second = Companion::new();
    second.link(&control, ADA).await;
    let added = line.until(|node| node.tag == "notification").await;
    assert_eq!(attr(&added, "type"), "devices");
    let device = child(child(&added, "add").unwrap(), "device").unwrap();
    assert_eq!(attr(device, "jid"), second.jid());
    assert_eq!(attr(device, "key-index"), "2");
    line.acknowledge(&added).await;
    control.post("/phones/491700000001/unlink", json!({ "device": second.jid() })).await;
    let removed = line.until(|node| node.tag == "notification").await;
    assert!(child(&removed, "remove").is_some());
}
