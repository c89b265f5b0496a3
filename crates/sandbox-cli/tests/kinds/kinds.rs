//! Every kind of message, both ways, between `/v1` and a phone.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    gateway::{Client, Gateway, Order},
    network::Sandbox,
};

pub(crate) const ANNA: &str = "15550000001";
pub(crate) const BEN: &str = "15550000002";
const SOON: Duration = Duration::from_secs(30);
const CARD: &str = "BEGIN:VCARD\nVERSION:3.0\nFN:Cleo\nTEL:+15550000003\nEND:VCARD";

/// Anna's gateway and Ben's phone.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    _gateway: Gateway,
    _data: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let (sandbox, data) = (Sandbox::start().await, tempfile::tempdir().unwrap());
        let gateway = Gateway::start(Order::new(&sandbox.url(), data.path())).await;
        let client = gateway.client();
        sandbox.phone(BEN).await;
        client.pair(&sandbox, "anna", ANNA).await;
        Self { sandbox, client, _gateway: gateway, _data: data }
    }

    /// Sends to Ben, waits until the network has it, and gives its id.
    pub(crate) async fn send(&self, mut body: Value) -> String {
        body["to"] = json!(BEN);
        let sent = self.client.post("/v1/sessions/anna/messages?wait=30", body).await.unwrap();
        assert!(["sent", "delivered"].contains(&sent["status"].as_str().unwrap()), "{sent}");
        sent["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn refused(&self, mut body: Value) -> (u16, String) {
        body["to"] = json!(BEN);
        let (status, problem) = self.client.refused("/v1/sessions/anna/messages", body).await;
        (status, problem["code"].as_str().unwrap().to_owned())
    }

    /// Ben's phone says something to Anna.
    pub(crate) async fn ben(&self, mut body: Value) -> String {
        body["to"] = json!(ANNA);
        let sent = self.sandbox.post(&format!("/phones/{BEN}/messages"), body).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    /// What Ben's phone shows of a message, once it is as wanted.
    pub(crate) async fn shown(&self, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let is = |message: &&Value| message["id"] == id && wanted(message);
        let shown = self.sandbox.until_shown(BEN, SOON, |shown| shown.iter().any(|message| is(&message))).await;
        shown.iter().find(is).unwrap().clone()
    }

    /// The event of this kind about the message `id`.
    pub(crate) async fn event(&self, kind: &str, id: &str) -> Value {
        self.event_of(kind, |data| data["id"] == id).await
    }

    /// The first event of this kind that is the wanted one.
    pub(crate) async fn event_of(&self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut after = "0".to_owned();
        let found = async {
            loop {
                let page = self.client.get(&format!("/v1/events?types={kind}&after={after}&wait=5")).await.unwrap();
                let events = page["events"].as_array().unwrap();
                if let Some(event) = events.iter().find(|event| wanted(&event["data"])) {
                    return event["data"].clone();
                }
                after = page["next_cursor"].as_str().unwrap().to_owned();
            }
        };
        tokio::time::timeout(SOON, found).await.unwrap_or_else(|_| panic!("no such {kind}"))
    }

    pub(crate) async fn message(&self, id: &str) -> Value {
        self.client.get(&format!("/v1/sessions/anna/messages/{id}")).await.unwrap()
    }

    /// Nothing that the network had no answer for.
    pub(crate) async fn network_understood_all(&self) {
        assert_eq!(self.sandbox.get("/unhandled").await["unhandled"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_and_what_goes_along() {
    let stage = Stage::set().await;
    let question = stage.ben(json!({ "text": "lunch?" })).await;
    stage.event("message.received", &question).await;
    let url = "https://example.org/menu";
    let reply = json!({ "text": format!("yes @{BEN}, see {url}"), "reply_to": question, "mentions": [BEN], "forwarded": true,
        "expires_in": 86400, "link_preview": { "url": url, "title": "Menu" } });
    let shown = stage.shown(&stage.send(reply).await, |_| true).await;
    assert_eq!((&shown["reply_to"]["id"], &shown["reply_to"]["text"]), (&json!(question), &json!("lunch?")));
    assert_eq!(shown["mentions"], json!([format!("{BEN}@s.whatsapp.net")]));
    assert_eq!((&shown["forwarded"], &shown["expires_in"]), (&json!(1), &json!(86400)));
    assert_eq!(shown["link_preview"]["title"], "Menu");

    let hello = stage.send(json!({ "text": "hello" })).await;
    stage.shown(&hello, |_| true).await;
    let back = json!({ "text": "hi", "reply_to": hello, "forwarded": true, "expires_in": 604800 });
    let received = stage.event("message.received", &stage.ben(back).await).await;
    let quoted = &received["context"]["quoted"];
    assert_eq!(
        (&quoted["id"], &quoted["from_me"], &quoted["content"]["text"]),
        (&json!(hello), &json!(true), &json!("hello"))
    );
    assert_eq!((&received["context"]["forwarded"], &received["context"]["expires_in"]), (&json!(1), &json!(604800)));
    let (status, code) = stage.refused(json!({ "text": "x", "reply_to": "NOSUCH" })).await;
    assert_eq!((status, code.as_str()), (404, "not_found"));
    stage.network_understood_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions() {
    let stage = Stage::set().await;
    let (ours, bens) = (stage.send(json!({ "text": "ours" })).await, stage.ben(json!({ "text": "bens" })).await);
    stage.event("message.received", &bens).await;
    stage.shown(&ours, |_| true).await;
    let heart = stage.send(json!({ "content": { "type": "reaction", "target": bens, "emoji": "❤️" } })).await;
    let anna = format!("{ANNA}@s.whatsapp.net");
    stage.shown(&bens, |message| message["reactions"][&anna] == "❤️").await;
    let told = stage.event("message.reaction", &heart).await;
    assert_eq!((&told["from_me"], &told["content"]["target"]["id"]), (&json!(true), &json!(bens)));
    stage.send(json!({ "content": { "type": "reaction", "target": bens, "emoji": "" } })).await;
    stage.shown(&bens, |message| message["reactions"] == json!({})).await;

    let thumb = stage.ben(json!({ "type": "reaction", "target": ours, "emoji": "👍" })).await;
    let told = stage.event("message.reaction", &thumb).await;
    assert_eq!((&told["content"]["emoji"], &told["content"]["target"]["from_me"]), (&json!("👍"), &json!(true)));
    let message = stage.message(&ours).await;
    assert_eq!((&message["reactions"][0]["emoji"], &message["reactions"][0]["by"]["pn"]), (&json!("👍"), &json!(BEN)));
    assert_eq!(stage.refused(json!({ "content": { "type": "reaction", "target": bens, "emoji": "no" } })).await.0, 400);
    stage.network_understood_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_and_deletions() {
    let stage = Stage::set().await;
    let (ours, bens) = (stage.send(json!({ "text": "ours" })).await, stage.ben(json!({ "text": "bens" })).await);
    stage.event("message.received", &bens).await;
    stage.shown(&ours, |_| true).await;
    let edit = |target: &str, text: &str| json!({ "content": { "type": "edit", "target": target, "text": text } });
    let revoke = |target: &str| json!({ "content": { "type": "revoke", "target": target } });
    stage.send(edit(&ours, "better")).await;
    stage.shown(&ours, |message| message["text"] == "better" && message["edited"] == true).await;
    let message = stage.message(&ours).await;
    assert_eq!(message["content"]["text"], "better");
    assert!(message["edited_at"].is_string());

    assert_eq!(stage.refused(edit(&bens, "mine now")).await, (403, "forbidden".to_owned()));
    assert_eq!(stage.refused(revoke(&bens)).await, (403, "forbidden".to_owned()));
    stage.send(revoke(&ours)).await;
    stage.shown(&ours, |message| message["revoked"] == true && message["text"].is_null()).await;
    let message = stage.message(&ours).await;
    assert_eq!(message["kind"], "deleted");
    assert!(message["deleted_at"].is_string() && message["content"]["text"].is_null());
    assert_eq!(stage.refused(edit(&ours, "again")).await, (409, "conflict".to_owned()));

    let edited = stage.ben(json!({ "type": "edit", "target": bens, "text": "bens, better" })).await;
    assert_eq!(stage.event("message.edited", &edited).await["content"]["target"]["id"], json!(bens));
    assert_eq!(stage.message(&bens).await["content"]["text"], "bens, better");
    let revoked = stage.ben(json!({ "type": "revoke", "target": bens })).await;
    stage.event("message.revoked", &revoked).await;
    assert_eq!(stage.message(&bens).await["kind"], "deleted");
    stage.network_understood_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn places_and_contact_cards() {
    let stage = Stage::set().await;
    let all = [
        json!({ "type": "location", "latitude": 1.5, "longitude": -2.5, "name": "Here", "address": "A street" }),
        json!({ "type": "live_location", "latitude": 1.5, "longitude": -2.5, "caption": "on my way", "sequence": 3 }),
        json!({ "type": "contact", "contacts": [{ "name": "Cleo", "vcard": CARD }] }),
        json!({ "type": "contact", "contacts": [{ "name": "Cleo", "vcard": CARD }, { "name": "Dan", "vcard": CARD }] }),
    ];
    for content in all {
        let shown = stage.shown(&stage.send(json!({ "content": content })).await, |_| true).await;
        let received = stage.event("message.received", &stage.ben(content.clone()).await).await;
        for (field, value) in content.as_object().unwrap() {
            let at_ben = if field == "caption" { &shown["text"] } else { &shown[field] };
            assert_eq!((at_ben, &received["content"][field]), (value, value), "{field} of {content}");
        }
    }
    let nowhere = json!({ "content": { "type": "location", "latitude": 100, "longitude": 0 } });
    assert_eq!(stage.refused(nowhere).await.0, 400);
    stage.network_understood_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_and_votes() {
    let stage = Stage::set().await;
    let poll = json!({ "type": "poll", "question": "Lunch?", "options": ["soup", "salad", "none"], "selectable": 2 });
    let ours = stage.send(json!({ "content": poll })).await;
    assert_eq!(stage.shown(&ours, |_| true).await["options"], poll["options"]);
    let vote = stage.ben(json!({ "type": "poll_vote", "target": ours, "options": ["salad"] })).await;
    let told = stage.event("message.poll_vote", &vote).await;
    assert_eq!((&told["content"]["options"], &told["content"]["poll"]["id"]), (&json!(["salad"]), &json!(ours)));
    assert_eq!(stage.message(&ours).await["votes"][0]["options"], json!(["salad"]));
    stage.ben(json!({ "type": "poll_vote", "target": ours, "options": ["soup", "none"] })).await;

    let bens = stage.ben(poll).await;
    stage.event("message.received", &bens).await;
    let choose = |options: &[&str]| json!({ "content": { "type": "poll_vote", "target": bens, "options": options } });
    stage.send(choose(&["soup"])).await;
    let anna = format!("{ANNA}@s.whatsapp.net");
    stage.shown(&bens, |message| message["votes"][&anna] == json!(["soup"])).await;
    assert_eq!(stage.refused(choose(&["steak"])).await.0, 400);
    assert_eq!(stage.refused(choose(&["soup", "salad", "none"])).await.0, 400);
    let alone = json!({ "content": { "type": "poll", "question": "?", "options": ["one"] } });
    assert_eq!(stage.refused(alone).await.0, 400);
    stage.network_understood_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn status_posts() {
    let stage = Stage::set().await;
    // Those who have exchanged messages see each other's.
    stage.send(json!({ "text": "hello" })).await;
    let post = async |body: Value| {
        let sent = stage.client.post("/v1/sessions/anna/messages?wait=30", body).await.unwrap();
        assert!(["sent", "delivered"].contains(&sent["status"].as_str().unwrap()), "{sent}");
        sent["id"].as_str().unwrap().to_owned()
    };
    let status = "status@broadcast";
    let words = post(json!({ "to": status, "text": "on holiday", "audience": [BEN] })).await;
    let shown = stage.shown(&words, |_| true).await;
    assert_eq!((&shown["chat"], &shown["text"]), (&json!(status), &json!("on holiday")), "{shown}");
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let beach = json!({ "type": "image", "data": png, "caption": "the beach" });
    let beach = post(json!({ "to": status, "content": beach, "audience": [BEN] })).await;
    assert_eq!(stage.shown(&beach, |_| true).await["text"], "the beach");

    let bens = stage.sandbox.post(&format!("/phones/{BEN}/messages"), json!({ "to": status, "text": "me too" })).await;
    let told = stage.event("message.received", bens["id"].as_str().unwrap()).await;
    assert_eq!((&told["chat"]["jid"], &told["sender"]["pn"]), (&json!(status), &json!(BEN)), "{told}");
    assert_eq!(told["content"]["text"], "me too");

    let (code, problem) =
        stage.client.refused("/v1/sessions/anna/messages", json!({ "to": status, "text": "x" })).await;
    assert_eq!((code, &problem["field"]), (400, &json!("audience")), "{problem}");
    assert_eq!(stage.refused(json!({ "text": "x", "audience": [BEN] })).await, (400, "invalid".to_owned()));
    stage.network_understood_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_not_there_is_refused_at_once_and_by_its_reason() {
    let stage = Stage::set().await;
    let body = json!({ "to": "120363302171476233@g.us", "text": "hello" });
    let sent = stage.client.post("/v1/sessions/anna/messages?wait=30", body).await.unwrap();
    assert_eq!((&sent["status"], &sent["reason"]), (&json!("failed"), &json!("there is no such group (error 404)")));
}
