//! Newsletters through `/v1`: run, followed, posted in.

use reqwest::Method;
use serde_json::{Value, json};

use super::kinds::{BEN, Stage};

impl Stage {
    /// Ben's newsletter: its id.
    async fn bakery(&self) -> String {
        let made = self.sandbox.post(&format!("/phones/{BEN}/newsletters"), json!({ "name": "Bakery" })).await;
        made["id"].as_str().unwrap().to_owned()
    }

    async fn posts(&self, newsletter: &str, content: Value) -> Value {
        let body = json!({ "to": newsletter, "content": content });
        self.client.post("/v1/sessions/anna/messages?wait=30", body).await.unwrap()
    }

    async fn newsletter(&self, path: &str) -> Value {
        self.client.get(&format!("/v1/sessions/anna/newsletters{path}")).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newsletter_is_followed_and_its_posts_come_in() {
    let stage = Stage::set().await;
    let bakery = stage.bakery().await;
    let followed =
        stage.client.post(&format!("/v1/sessions/anna/newsletters/{bakery}/follow"), json!({})).await.unwrap();
    assert_eq!((&followed["name"], &followed["own_role"]), (&json!("Bakery"), &json!("follower")), "{followed}");
    let preview = json!({ "invite": followed["url"] });
    let previewed = stage.client.post("/v1/sessions/anna/newsletter-invites/preview", preview).await.unwrap();
    assert_eq!(previewed["id"], json!(bakery));
    assert_eq!(stage.newsletter("").await["newsletters"][0]["id"], json!(bakery));

    let id = stage.sandbox.phone_sends(BEN, &bakery, "fresh bread").await;
    let received = stage.event("message.received", &id).await;
    assert_eq!((&received["chat"]["jid"], &received["content"]["text"]), (&json!(bakery), &json!("fresh bread")));
    let posts = stage.newsletter(&format!("/{bakery}/posts?limit=1")).await;
    assert_eq!((&posts["posts"][0]["id"], &posts["posts"][0]["post"]), (&json!(id), &received["context"]["post"]));
    let chats = stage.client.get("/v1/sessions/anna/chats?kind=newsletter").await.unwrap();
    assert_eq!((&chats["chats"][0]["name"], &chats["chats"][0]["unread"]), (&json!("Bakery"), &json!(1)), "{chats}");

    let reaction = stage.posts(&bakery, json!({ "type": "reaction", "target": id, "emoji": "👍" })).await;
    assert_eq!(reaction["status"], "sent", "{reaction}");
    let posts = stage.newsletter(&format!("/{bakery}/posts")).await;
    assert_eq!(posts["posts"][0]["reactions"], json!([{ "emoji": "👍", "count": 1 }]));
    let change = json!({ "to": bakery, "type": "edit", "target": id, "text": "old bread" });
    stage.sandbox.post(&format!("/phones/{BEN}/messages"), change).await;
    let edited = stage.event_of("message.edited", |data| data["content"]["target"]["id"] == json!(id)).await;
    assert_eq!(edited["content"]["text"], "old bread", "{edited}");
    assert_eq!(stage.message(&id).await["content"]["text"], "old bread");

    let refused = stage.posts(&bakery, json!({ "type": "text", "text": "may I?" })).await;
    assert_eq!(refused["status"], "failed", "{refused}");
    assert!(refused["reason"].as_str().unwrap().contains("only who runs the newsletter"), "{refused}");
    let left = stage.client.ask(Method::POST, &format!("/v1/sessions/anna/newsletters/{bakery}/unfollow"), "").await;
    assert_eq!(left.0, 204, "{left:?}");
    assert_eq!(stage.newsletter("").await["newsletters"], json!([]));
    stage.network_understood_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newsletter_of_ones_own_is_posted_in() {
    let stage = Stage::set().await;
    let new = json!({ "name": "Choir", "description": "We sing" });
    let made = stage.client.post("/v1/sessions/anna/newsletters", new).await.unwrap();
    let choir = made["id"].as_str().unwrap().to_owned();
    assert_eq!((&made["own_role"], &made["description"]), (&json!("owner"), &json!("We sing")), "{made}");
    let renamed =
        stage.client.patch(&format!("/v1/sessions/anna/newsletters/{choir}"), json!({ "name": "Big choir" })).await;
    assert_eq!((&renamed["name"], &renamed["description"]), (&json!("Big choir"), &json!("We sing")));
    stage.sandbox.post(&format!("/phones/{BEN}/newsletters/{choir}/follow"), json!({})).await;

    let sent = stage.posts(&choir, json!({ "type": "text", "text": "concert tonight" })).await;
    assert_eq!(sent["status"], "sent", "{sent}");
    let id = sent["id"].as_str().unwrap();
    let shown = stage.shown(id, |_| true).await;
    assert_eq!((&shown["text"], &shown["chat"]), (&json!("concert tonight"), &json!(choir)));
    assert_eq!(stage.event("message.sent", id).await["context"]["post"], shown["post"]);
    for (content, wanted) in [
        (json!({ "type": "edit", "target": id, "text": "tomorrow" }), "edited"),
        (json!({ "type": "revoke", "target": id }), "revoked"),
    ] {
        let change = stage.posts(&choir, content).await;
        assert_eq!(change["status"], "sent", "{change}");
        stage.shown(id, |message| message[wanted] == true).await;
    }
    assert_eq!(stage.message(id).await["kind"], "deleted");
    stage.network_understood_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_newsletter_takes_is_refused() {
    let stage = Stage::set().await;
    let bakery = stage.bakery().await;
    let path = "/v1/sessions/anna/messages";
    let place = json!({ "type": "location", "latitude": 1.0, "longitude": 2.0 });
    for body in [
        json!({ "to": bakery, "content": place }),
        json!({ "to": bakery, "text": "@15550000002", "mentions": [BEN] }),
        json!({ "to": bakery, "text": "x", "expires_in": 86400 }),
    ] {
        let (status, problem) = stage.client.refused(path, body.clone()).await;
        assert_eq!((status, &problem["code"]), (422, &json!("unsupported")), "{body}: {problem}");
    }
    let react = json!({ "to": bakery, "content": { "type": "reaction", "target": "NOSUCH", "emoji": "👍" } });
    let (status, problem) = stage.client.refused(path, react).await;
    assert_eq!((status, &problem["code"]), (404, &json!("not_found")), "{problem}");
    for nowhere in ["120363000000000001", "nonsense", "15550000002@s.whatsapp.net"] {
        let (status, _) = stage.client.ask(Method::GET, &format!("/v1/sessions/anna/newsletters/{nowhere}"), "").await;
        assert_eq!(status, 404, "{nowhere}");
    }
}
