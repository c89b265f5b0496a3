use axum::http::Method;
use serde_json::json;
use switchboard_core::engine::fake::FakeNewsletter;
use switchboard_model::{
    Content, Context, Jid, MessageId, Newsletter, NewsletterRole, NewsletterState, Post, ReactionCount, Timestamp,
};

use super::house;
use crate::testing::House;

const BAKERY: &str = "120363302171476233@newsletter";

async fn with_bakery() -> House {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let newsletter = Newsletter {
        jid: BAKERY.parse().unwrap(),
        name: "Bakery".to_owned(),
        description: Some("Bread".to_owned()),
        follower_count: Some(7),
        verified: true,
        state: NewsletterState::Active,
        invite: Some("0029Va".to_owned()),
        own_role: Some(NewsletterRole::Guest),
        created_at: Some(Timestamp::from_secs(1_700_000_000)),
    };
    session.put_newsletter(FakeNewsletter { newsletter, posts: (100..103).map(post).collect() });
    house
}

fn post(number: u64) -> Post {
    Post {
        number,
        id: Some(MessageId(format!("P{number}"))),
        at: Timestamp::from_secs(1_700_000_000),
        from_me: false,
        content: Content::Text { text: format!("bread {number}") },
        context: Context { post: Some(number), ..Context::default() },
        reactions: vec![ReactionCount { emoji: "👍".to_owned(), count: number }],
    }
}

fn path(tail: &str) -> String {
    format!("/v1/sessions/shop/newsletters/{BAKERY}{tail}")
}

#[tokio::test]
async fn a_newsletter_is_found_followed_read_and_left() {
    let house = with_bakery().await;
    let invite = json!({"invite": "https://whatsapp.com/channel/0029Va"});
    let found = house.post("/v1/sessions/shop/newsletter-invites/preview", invite).admin().send().await.ok(200);
    assert_eq!((&found["id"], &found["own_role"]), (&json!(BAKERY), &json!("guest")));
    assert_eq!(house.get("/v1/sessions/shop/newsletters").admin().send().await.ok(200), json!({"newsletters": []}));

    let followed = house.ask(Method::POST, &path("/follow")).admin().send().await.ok(200);
    assert_eq!(
        followed,
        json!({"id": BAKERY, "name": "Bakery", "description": "Bread", "follower_count": 7, "verified": true,
            "state": "active", "url": "https://whatsapp.com/channel/0029Va", "own_role": "follower",
            "created_at": "2023-11-14T22:13:20.000Z"})
    );
    let chats = house.get("/v1/sessions/shop/chats?kind=newsletter").admin().send().await.ok(200);
    assert_eq!(chats["chats"][0]["name"], "Bakery", "{chats}");

    let page = house.get(&path("/posts?limit=2")).admin().send().await.ok(200);
    let numbers: Vec<_> = page["posts"].as_array().unwrap().iter().map(|post| post["post"].clone()).collect();
    assert_eq!((numbers, &page["next_before"]), (vec![json!(102), json!(101)], &json!(101)));
    assert_eq!(page["posts"][0]["content"], json!({"type": "text", "text": "bread 102"}));
    assert_eq!(page["posts"][0]["reactions"], json!([{"emoji": "👍", "count": 102}]));
    let rest = house.get(&path("/posts?limit=2&before=101")).admin().send().await.ok(200);
    assert_eq!((rest["posts"].as_array().unwrap().len(), &rest["next_before"]), (1, &json!(null)));
    house.get(&path("/posts?limit=101")).admin().send().await.problem(400, "invalid");

    house.ask(Method::POST, &path("/unfollow")).admin().send().await.ok(204);
    assert_eq!(house.get("/v1/sessions/shop/newsletters").admin().send().await.ok(200), json!({"newsletters": []}));
}

#[tokio::test]
async fn a_newsletter_is_made_and_posted_in() {
    let house = with_bakery().await;
    let new = json!({"name": " Choir ", "description": "We sing"});
    let made = house.post("/v1/sessions/shop/newsletters", new).admin().send().await.ok(201);
    assert_eq!((&made["name"], &made["own_role"]), (&json!("Choir"), &json!("owner")));
    let id = made["id"].as_str().unwrap();
    let change = json!({"name": "Big choir", "description": ""});
    let one = format!("/v1/sessions/shop/newsletters/{id}");
    let changed = house.ask(Method::PATCH, &one).json(&change).admin().send().await.ok(200);
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Big choir"), &json!(null)));

    let text = json!({"to": id, "text": "concert tonight"});
    let sent = house.post("/v1/sessions/shop/messages?wait=15", text).admin().send().await.ok(200);
    assert_eq!((&sent["status"], &sent["to"]), (&json!("sent"), &json!(id)));
    let reaction = json!({"to": id, "content": {"type": "reaction", "target": sent["id"], "emoji": "👍"}});
    // The network of these tests gives posts no numbers.
    house.post("/v1/sessions/shop/messages", reaction).admin().send().await.problem(409, "conflict");
    let poll = json!({"to": id, "content": {"type": "poll", "question": "When?", "options": ["now", "later"]}});
    house.post("/v1/sessions/shop/messages", poll).admin().send().await.problem(422, "unsupported");
    let with_mention = json!({"to": id, "text": "hello", "mentions": ["6281381393739"]});
    house.post("/v1/sessions/shop/messages", with_mention).admin().send().await.problem(422, "unsupported");
}

#[tokio::test]
async fn what_does_not_fit_a_newsletter_is_refused() {
    let house = with_bakery().await;
    for body in [json!({"name": " "}), json!({"name": "x".repeat(101)}), json!({"description": "x"})] {
        house.post("/v1/sessions/shop/newsletters", body).admin().send().await.problem(400, "invalid");
    }
    for invite in ["nonsense", "https://example.org/channel/x", ""] {
        let given = json!({"invite": invite});
        let asked = house.post("/v1/sessions/shop/newsletter-invites/preview", given).admin().send().await;
        assert_eq!(asked.problem(400, "invalid"), "invite", "{invite}");
    }
    let nowhere: Jid = "120363302171476299@newsletter".parse().unwrap();
    house.get(&format!("/v1/sessions/shop/newsletters/{nowhere}")).admin().send().await.problem(404, "not_found");
    house.get("/v1/sessions/shop/newsletters/nonsense").admin().send().await.problem(404, "not_found");
    house.session("idle").await;
    house.get("/v1/sessions/idle/newsletters").admin().send().await.problem(409, "not_connected");
    let key = house.key("read", None).await;
    house.ask(Method::POST, &path("/follow")).bearer(&key).send().await.problem(403, "forbidden");
}
