use super::client::{Companion, Line, attr, child};
use super::control::Control;
use wacore_binary::builder::NodeBuilder;

const ADA: u64 = 491_700_000_001;
const BOB: u64 = 491_700_000_002;

#[tokio::test]
async fn a_backlog_waits_for_the_client_and_for_its_acknowledgements() {
    let control = Control::start().await;
    let (mut ada, mut bob) = (Companion::new(), Companion::new());
    ada.link(&control, ADA).await;
    bob.link(&control, BOB).await;
    let mut from = Line::log_in(&control.ws, &mut ada).await;
    for id in ["M1", "M2"] {
        from.send_message(id, &bob.jid(), b"sealed").await;
        let ack = from.until(|node| node.tag == "ack").await;
        assert_eq!((attr(&ack, "class"), attr(&ack, "id")), ("message".into(), id.into()));
    }
    let mut to = Line::log_in_passive(&control.ws, &mut bob).await;
    assert_eq!(to.next().await.unwrap().tag, "success");
    to.ask("passive", "set", vec![NodeBuilder::new("active").build()]).await;
    let preview = to.next().await.unwrap();
    assert_eq!(attr(child(&preview, "offline_preview").unwrap(), "message"), "2");
    for id in ["M1", "M2"] {
        let message = to.next().await.unwrap();
        assert_eq!((attr(&message, "id"), attr(&message, "from")), (id.into(), ada.jid()));
        assert_eq!(attr(&message, "offline"), "0");
        if id == "M1" {
            to.acknowledge(&message).await;
        }
    }
    let end = to.next().await.unwrap();
    assert_eq!(attr(child(&end, "offline").unwrap(), "count"), "2");
    to.ask("w:p", "get", vec![]).await;
    drop(to);
    let mut to = Line::log_in(&control.ws, &mut bob).await;
    let again = to.until(|node| node.tag == "message").await;
    assert_eq!(attr(&again, "id"), "M2");
}

#[tokio::test]
async fn live_messages_keep_their_order_and_carry_no_offline_mark() {
    let control = Control::start().await;
    let (mut ada, mut bob) = (Companion::new(), Companion::new());
    ada.link(&control, ADA).await;
    bob.link(&control, BOB).await;
    let mut to = Line::log_in(&control.ws, &mut bob).await;
    to.until(|node| child(node, "offline").is_some()).await;
    let mut from = Line::log_in(&control.ws, &mut ada).await;
    for id in 0..200 {
        from.send_message(&format!("M{id}"), &bob.jid(), b"sealed").await;
    }
    for id in 0..200 {
        let message = to.until(|node| node.tag == "message").await;
        assert_eq!(attr(&message, "id"), format!("M{id}"));
        assert_eq!(attr(&message, "offline"), "");
    }
}
