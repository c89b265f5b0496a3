use super::client::{Companion, Line, attr, bytes, child};
use super::control::Control;
use serde_json::json;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

const ADA: u64 = 491_700_000_001;

async fn line(control: &Control) -> (Companion, Line) {
    let mut companion = Companion::new();
    companion.link(control, ADA).await;
    let line = Line::log_in(&control.ws, &mut companion).await;
    (companion, line)
}

fn usync(protocols: &[&'static str], users: Vec<Node>) -> Node {
    let query = NodeBuilder::new("query").children(protocols.iter().map(|name| NodeBuilder::new(name).build())).build();
    let list = NodeBuilder::new("list").children(users).build();
    NodeBuilder::new("usync")
        .attr("sid", "s1")
        .attr("mode", "query")
        .attr("context", "interactive")
        .children([query, list])
        .build()
}

fn users(answer: &Node) -> &[Node] {
    child(child(answer, "usync").unwrap(), "list").unwrap().children().unwrap()
}

#[tokio::test]
async fn who_is_on_the_network_is_told_by_number_and_by_jid() {
    let control = Control::start().await;
    control.post("/phones", json!({ "number": "491700000002", "name": "Shop", "business": true })).await;
    let (_, mut line) = line(&control).await;
    let typed = |number: &str| {
        let contact = NodeBuilder::new("contact").bytes(format!("+{number}").into_bytes()).build();
        NodeBuilder::new("user").children([contact]).build()
    };
    let asked = vec![typed("491700000002"), typed("491700000099")];
    let answer = line.ask("usync", "get", vec![usync(&["contact", "lid", "business"], asked)]).await;
    let [there, absent] = users(&answer) else { panic!("{answer:?}") };
    assert_eq!(attr(child(there, "contact").unwrap(), "type"), "in");
    assert!(attr(child(there, "lid").unwrap(), "val").ends_with("@lid"));
    let name = bytes(child(child(there, "business").unwrap(), "verified_name").unwrap());
    assert!(String::from_utf8_lossy(&name).contains("Shop"));
    assert_eq!(attr(child(absent, "contact").unwrap(), "type"), "out");
    let by_jid = NodeBuilder::new("user").attr("jid", format!("{ADA}@s.whatsapp.net")).build();
    let answer = line.ask("usync", "get", vec![usync(&["devices"], vec![by_jid])]).await;
    let devices = child(&users(&answer)[0], "devices").unwrap();
    let ids: Vec<String> =
        child(devices, "device-list").unwrap().children().unwrap().iter().map(|d| attr(d, "id")).collect();
    assert_eq!(ids, ["0", "1"]);
    assert!(!bytes(child(devices, "key-index-list").unwrap()).is_empty());
}

fn key(id: u8) -> Node {
    let id_node = NodeBuilder::new("id").bytes(vec![0, 0, id]).build();
    NodeBuilder::new("key").children([id_node, NodeBuilder::new("value").bytes(vec![id; 32]).build()]).build()
}

#[tokio::test]
async fn prekeys_are_counted_handed_out_once_and_asked_for_when_low() {
    let control = Control::start().await;
    let (companion, mut line) = line(&control).await;
    let digest = line.ask("encrypt", "get", vec![NodeBuilder::new("digest").build()]).await;
    assert_eq!(attr(child(&digest, "error").unwrap(), "code"), "404");
    let list = NodeBuilder::new("list").children((1..=12).map(key)).build();
    line.ask("encrypt", "set", vec![list]).await;
    let count = line.ask("encrypt", "get", vec![NodeBuilder::new("count").build()]).await;
    // The phone has opened a session with the new companion, which took one.
    assert_eq!(attr(child(&count, "count").unwrap(), "value"), "11");
    let user = NodeBuilder::new("user").attr("jid", companion.jid()).build();
    let wanted = NodeBuilder::new("key").children([user]).build();
    let id = line.request("encrypt", "get", vec![wanted]).await;
    let low = line.until(|node| node.tag == "notification").await;
    assert_eq!(attr(&low, "type"), "encrypt");
    assert_eq!(attr(child(&low, "count").unwrap(), "value"), "10");
    let answer = line.until(|node| attr(node, "id") == id).await;
    let found = &child(&answer, "list").unwrap().children().unwrap()[0];
    assert_eq!(bytes(child(found, "registration").unwrap()).len(), 4);
    assert_eq!(bytes(child(child(found, "key").unwrap(), "value").unwrap()), [2; 32]);
    assert_eq!(bytes(child(found, "device-identity").unwrap()), [1, 2, 3]);
}

#[tokio::test]
async fn what_nothing_handles_is_refused_and_counted() {
    let control = Control::start().await;
    let (_, mut line) = line(&control).await;
    for _ in 0..2 {
        let answer = line.ask("w:unheard", "get", vec![NodeBuilder::new("of").build()]).await;
        assert_eq!(attr(&answer, "type"), "error");
        assert_eq!(attr(child(&answer, "error").unwrap(), "code"), "501");
    }
    line.send(&NodeBuilder::new("novelty").build()).await;
    line.ask("w:p", "get", vec![]).await;
    let rows = control.get("/unhandled").await["unhandled"].clone();
    assert_eq!(
        rows,
        json!([
            { "stanza": "<iq xmlns=w:unheard type=get><of>", "count": 2 },
            { "stanza": "<novelty>", "count": 1 },
        ])
    );
}
