use super::client::{Companion, Line, attr, child};
use super::control::Control;
use wacore_binary::builder::NodeBuilder;

const ADA: u64 = 491_700_000_001;
const BOB: u64 = 491_700_000_002;

struct Pair {
    control: Control,
    ada: Companion,
    bob: Companion,
    from: Line,
    to: Line,
}

async fn pair() -> Pair {
    let control = Control::start().await;
    let (mut ada, mut bob) = (Companion::new(), Companion::new());
    ada.link(&control, ADA).await;
    bob.link(&control, BOB).await;
    let from = Line::log_in(&control.ws, &mut ada).await;
    let to = Line::log_in(&control.ws, &mut bob).await;
    Pair { control, ada, bob, from, to }
}

#[tokio::test]
async fn a_receipt_goes_back_to_every_companion_of_the_sender() {
    let mut pair = pair().await;
    let receipt =
        NodeBuilder::new("receipt").attr("id", "M1").attr("to", format!("{ADA}@s.whatsapp.net")).attr("type", "read");
    pair.to.send(&receipt.build()).await;
    let ack = pair.to.until(|node| node.tag == "ack").await;
    assert_eq!(attr(&ack, "class"), "receipt");
    let receipt = pair.from.until(|node| node.tag == "receipt").await;
    assert_eq!((attr(&receipt, "from"), attr(&receipt, "type")), (pair.bob.jid(), "read".into()));
    assert_eq!(attr(&receipt, "to"), "");
}

#[tokio::test]
async fn a_retry_goes_to_the_one_device_it_names() {
    let mut pair = pair().await;
    let mut second = Companion::new();
    second.link(&pair.control, ADA).await;
    let mut other = Line::log_in(&pair.control.ws, &mut second).await;
    let retry = NodeBuilder::new("retry").attr("count", 1).attr("id", "M1").attr("t", 1).attr("v", 1).build();
    let receipt =
        NodeBuilder::new("receipt").attr("id", "M1").attr("to", pair.ada.jid()).attr("type", "retry").children([retry]);
    pair.to.send(&receipt.build()).await;
    let got = pair.from.until(|node| node.tag == "receipt").await;
    assert!(child(&got, "retry").is_some());
    // Whatever the other companion was to get came before the answer to its question.
    let id = other.request("w:p", "get", vec![]).await;
    let mut seen = Vec::new();
    loop {
        let node = other.next().await.unwrap();
        if attr(&node, "id") == id {
            break;
        }
        seen.push(node.tag.to_string());
    }
    assert!(!seen.contains(&"receipt".to_owned()), "{seen:?}");
}

#[tokio::test]
async fn an_addressee_by_hidden_id_sees_the_sender_by_hidden_id() {
    let mut pair = pair().await;
    let state = pair.control.get("/state").await;
    let lid = |number: u64| {
        let accounts = state["accounts"].as_array().unwrap();
        let number = number.to_string();
        let account = accounts.iter().find(|account| account["number"] == number.as_str()).unwrap();
        account["lid"].as_str().unwrap().trim_end_matches("@lid").to_owned()
    };
    pair.from.send_message("M1", &format!("{}:{}@lid", lid(BOB), pair.bob.device), b"sealed").await;
    let message = pair.to.until(|node| node.tag == "message").await;
    assert_eq!(attr(&message, "from"), format!("{}:{}@lid", lid(ADA), pair.ada.device));
    assert_eq!(attr(&message, "sender_pn"), format!("{ADA}@s.whatsapp.net"));
    assert_eq!(attr(&message, "addressing_mode"), "lid");
}

#[tokio::test]
async fn a_message_that_misses_a_device_is_answered_with_another_hash() {
    let mut pair = pair().await;
    let enc = NodeBuilder::new("enc").attr("v", "2").attr("type", "msg").bytes(b"sealed".to_vec()).build();
    let to = NodeBuilder::new("to").attr("jid", pair.bob.jid()).children([enc]).build();
    let message = NodeBuilder::new("message")
        .attr("id", "M1")
        .attr("to", format!("{BOB}@s.whatsapp.net"))
        .attr("type", "text")
        .attr("phash", "2:mine")
        .children([NodeBuilder::new("participants").children([to]).build()]);
    pair.from.send(&message.build()).await;
    let ack = pair.from.until(|node| node.tag == "ack").await;
    assert_ne!(attr(&ack, "phash"), "2:mine");
    assert!(attr(&ack, "phash").starts_with("2:"));
}

#[tokio::test]
async fn a_message_to_nobody_is_refused() {
    let mut pair = pair().await;
    pair.from.send_message("M1", "491700000099@s.whatsapp.net", b"sealed").await;
    let ack = pair.from.until(|node| node.tag == "ack").await;
    assert_eq!(attr(&ack, "error"), "404");
    let accounts = pair.control.get("/state").await["accounts"].as_array().unwrap().len();
    assert_eq!(accounts, 2, "a number only written to is not on the network");
}
