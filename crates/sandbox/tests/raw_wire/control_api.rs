use serde_json::Value;
use switchboard_sandbox::{Network, NetworkOptions};

use super::control::Control;

async fn refused(method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let control = Control::start().await;
    let (status, answer) = control.request(method, path, body, headers).await;
    (status, answer["error"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    for (method, path, body, status, said) in [
        ("POST", "/phones", "{", 400, "body"),
        ("POST", "/phones", "{\"number\": 7}", 400, "string"),
        ("POST", "/phones", "", 400, "number"),
        ("POST", "/phones", "{\"number\": \"12\"}", 400, "7 to 15 digits"),
        ("GET", "/nothing", "", 404, "path"),
        ("GET", "/phones", "", 405, "method"),
        ("POST", "/phones/491700000001/scan", "{\"qr\": \"hello\"}", 400, "noise key"),
        ("POST", "/phones/491700000001/link", "{\"code\": \"ABCD1234\"}", 404, "waits"),
        ("POST", "/phones/491700000001/unlink", "{\"device\": 9}", 404, "not linked"),
        ("POST", "/phones/491700000001/messages", "{\"to\": \"49170\", \"text\": \"x\"}", 400, "to"),
        (
            "POST",
            "/phones/491700000001/messages",
            "{\"to\": \"491700000009\", \"text\": \"x\"}",
            404,
            "not on WhatsApp",
        ),
        ("GET", "/phones/491700000001/messages?after=x", "", 400, "after"),
        ("POST", "/faults", "{\"kind\": \"earthquake\"}", 400, "earthquake"),
        ("POST", "/faults", "{\"kind\": \"drop\", \"count\": 0}", 400, "count"),
    ] {
        let (got, error) = refused(method, path, body, &[]).await;
        assert_eq!(got, status, "{method} {path} {body}: {error}");
        assert!(error.contains(said), "{method} {path} {body}: {error}");
    }
}

#[tokio::test]
async fn web_sites_are_kept_out() {
    let body = "{\"number\": \"491700000001\"}";
    assert_eq!(refused("POST", "/phones", body, &[("origin", "https://evil.example")]).await.0, 403);
    assert_eq!(refused("POST", "/phones", body, &[("host", "evil.example")]).await.0, 403);
    assert_eq!(refused("POST", "/phones", body, &[("origin", "http://127.0.0.1:8080")]).await.0, 201);
}

#[tokio::test]
async fn a_phone_is_made_once() {
    let control = Control::start().await;
    let body = serde_json::json!({ "number": "+49 170 0000001", "name": "Ada" });
    let first = control.post("/phones", body.clone()).await;
    assert_eq!(first["number"], "491700000001");
    assert_eq!(first["jid"], "491700000001@s.whatsapp.net");
    assert_eq!(first["name"], "Ada");
    assert!(first["lid"].as_str().unwrap().ends_with("@lid"));
    assert_eq!(control.post("/phones", body).await["lid"], first["lid"]);
    control.post("/reset", serde_json::json!({})).await;
    assert_eq!(control.get("/state").await["accounts"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn two_phones_talk() {
    let control = Control::start().await;
    control.post("/phones", serde_json::json!({ "number": "491700000002" })).await;
    let waiting = control.get("/phones/491700000002/messages?wait=30");
    let sending = async {
        control.post("/phones/491700000001/messages", serde_json::json!({ "to": "491700000002", "text": "hi" })).await
    };
    let (received, sent) = tokio::join!(waiting, sending);
    assert_eq!(received["messages"][0]["text"], "hi");
    assert_eq!(received["messages"][0]["id"], sent["id"]);
    assert_eq!(received["messages"][0]["from_me"], false);
    let status = |mine: &Value| mine["messages"][0]["status"].as_str().unwrap().to_owned();
    assert_eq!(status(&control.get("/phones/491700000001/messages").await), "delivered");
    control.post("/phones/491700000002/read", serde_json::json!({ "chat": "491700000001" })).await;
    assert_eq!(status(&control.get("/phones/491700000001/messages").await), "read");
}

#[tokio::test]
async fn a_phone_that_was_away_gets_what_it_missed() {
    let control = Control::start().await;
    control.post("/phones/491700000002/offline", serde_json::json!({})).await;
    for text in ["one", "two"] {
        let body = serde_json::json!({ "to": "491700000002", "text": text });
        control.post("/phones/491700000001/messages", body).await;
    }
    assert_eq!(control.get("/phones/491700000002/messages").await["messages"], serde_json::json!([]));
    let (status, _) = control
        .request("POST", "/phones/491700000002/messages", "{\"to\": \"491700000001\", \"text\": \"x\"}", &[])
        .await;
    assert_eq!(status, 409);
    control.post("/phones/491700000002/online", serde_json::json!({})).await;
    let got = control.get("/phones/491700000002/messages").await;
    let texts: Vec<&str> = got["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["one", "two"]);
}

#[tokio::test]
async fn the_network_is_served_on_loopback_only() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let error = Network::start(NetworkOptions { listen, data_dir: None }).await.err().unwrap();
    assert!(error.to_string().contains("not a loopback address"));
}
