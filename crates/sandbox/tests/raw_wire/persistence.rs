use super::client::{Companion, Line, attr};
use super::control::Control;
use serde_json::json;

const ADA: u64 = 491_700_000_001;
const BOB: u64 = 491_700_000_002;

#[tokio::test]
async fn links_keys_and_queues_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::start_in(Some(dir.path().into())).await;
    let (mut ada, mut bob) = (Companion::new(), Companion::new());
    ada.link(&control, ADA).await;
    bob.link(&control, BOB).await;
    let mut from = Line::log_in(&control.ws, &mut ada).await;
    from.send_message("M1", &bob.jid(), b"sealed").await;
    from.until(|node| node.tag == "ack").await;
    drop(Line::log_in(&control.ws, &mut bob).await);
    let root = control.get("/state").await["noise_root"].clone();
    control.stop().await;

    let control = Control::start_in(Some(dir.path().into())).await;
    assert_eq!(control.get("/state").await["noise_root"], root);
    let mut to = Line::resume(&control.ws, &bob).await;
    let message = to.until(|node| node.tag == "message").await;
    assert_eq!((attr(&message, "id"), attr(&message, "from")), ("M1".into(), ada.jid()));
}

/// What was acknowledged is on disk: a network that is killed has lost none of it.
#[tokio::test]
async fn nothing_acknowledged_is_lost_when_the_network_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::start_in(Some(dir.path().into())).await;
    let (mut ada, mut bob) = (Companion::new(), Companion::new());
    ada.link(&control, ADA).await;
    bob.link(&control, BOB).await;
    let mut from = Line::log_in(&control.ws, &mut ada).await;
    from.send_message("M1", &bob.jid(), b"sealed").await;
    from.until(|node| node.tag == "ack").await;
    let text = control.post("/phones/491700000003/messages", json!({ "to": BOB.to_string(), "text": "hi" })).await;
    let copy = tempfile::tempdir().unwrap();
    copy_dir(dir.path(), copy.path());
    let control = Control::start_in(Some(copy.path().into())).await;
    let mut to = Line::resume(&control.ws, &bob).await;
    assert_eq!(attr(&to.until(|node| node.tag == "message").await, "id"), "M1");
    let phone = control.get(&format!("/phones/{BOB}/messages")).await;
    assert_eq!(phone["messages"][0]["id"], text["id"]);
}

#[tokio::test]
async fn a_network_without_a_directory_forgets() {
    let control = Control::start().await;
    let mut ada = Companion::new();
    ada.link(&control, ADA).await;
    control.stop().await;
    let control = Control::start().await;
    let mut line = Line::log_in(&control.ws, &mut ada).await;
    assert_eq!(line.next().await.unwrap().tag, "failure");
}

fn copy_dir(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
