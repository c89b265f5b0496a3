//! Newsletters: followed and read, made and posted in.

use serde_json::{Value, json};
use switchboard_core::engine::{Draft, Engine, EngineError, Fact, NewsletterEdit, NewsletterKey, Transmit};
use switchboard_model::{
    Clock, Content, Context, Jid, MessageId, MessageRef, NewsletterRole, Party, ReactionCount, SystemClock,
};

use crate::{
    bench::{ANNA, BEN, Bench},
    running::{Running, eventually, said},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_newsletter_of_a_phone_is_followed_and_read() {
    let (bench, anna) = stage().await;
    let (jid, code) = made_by_ben(&bench).await;
    bench.phone_sends(BEN, &jid.to_string(), "before Anna came").await;
    let found = anna.link.newsletter(&NewsletterKey::Invite(code)).await.unwrap();
    assert_eq!((&found.jid, found.name.as_str(), found.own_role), (&jid, "Bakery", Some(NewsletterRole::Guest)));
    assert!(anna.link.newsletters().await.unwrap().is_empty());

    anna.link.follow_newsletter(&jid).await.unwrap();
    let listed = anna.link.newsletters().await.unwrap();
    assert_eq!((listed.len(), listed[0].own_role), (1, Some(NewsletterRole::Follower)));
    let seen = anna.link.newsletter(&NewsletterKey::Jid(jid.clone())).await.unwrap();
    assert_eq!((seen.description.as_deref(), seen.follower_count), (Some("Bread and more"), Some(1)));
    assert!(seen.created_at.is_some() && seen.invite.is_some(), "{seen:?}");

    let id = MessageId(bench.phone_sends(BEN, &jid.to_string(), "fresh bread").await);
    let fresh = anna.message("fresh bread").await;
    assert_eq!((&fresh.id, &fresh.chat.jid, &fresh.sender.jid, fresh.from_me), (&id, &jid, &jid, false));
    bench.all_acknowledged(ANNA).await;
    let posts = anna.link.posts(&jid, 10, None).await.unwrap();
    let told: Vec<_> = posts.iter().map(|post| post.content.text().unwrap()).collect();
    assert_eq!(told, ["before Anna came", "fresh bread"]);
    assert_eq!((fresh.context.post, posts[1].id.as_ref()), (Some(posts[1].number), Some(&id)));
    let earlier = anna.link.posts(&jid, 10, fresh.context.post).await.unwrap();
    assert_eq!((earlier.len(), earlier[0].number), (1, posts[0].number));

    anna.link.unfollow_newsletter(&jid).await.unwrap();
    assert!(anna.link.newsletters().await.unwrap().is_empty());
    nothing_unhandled(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newsletter_of_our_own_is_run() {
    let (bench, anna) = stage().await;
    let made = anna.link.create_newsletter("Choir", Some("We sing")).await.unwrap();
    assert_eq!((made.name.as_str(), made.own_role), ("Choir", Some(NewsletterRole::Owner)));
    let edit = NewsletterEdit { name: Some("Big choir".into()), description: Some(String::new()) };
    anna.link.change_newsletter(&made.jid, &edit).await.unwrap();
    let seen = anna.link.newsletter(&NewsletterKey::Jid(made.jid.clone())).await.unwrap();
    assert_eq!((seen.name.as_str(), seen.description.as_deref()), ("Big choir", None));
    bench.post(&format!("/phones/{BEN}/newsletters/{}/follow", made.jid), json!({})).await;

    let concert = post(&bench, &anna, &made.jid, &said("concert tonight"), None).await;
    assert_eq!(anna.acked(&concert.id).await, None);
    let number = number_of(&anna, &concert.id).await;
    anna.link.transmit(&concert).await.unwrap();
    let shown = bench.phone_shows(BEN, "the post", |shown| shown["text"] == "concert tonight").await;
    assert_eq!((&shown["chat"], &shown["id"]), (&json!(made.jid.to_string()), &json!(concert.id.0)));
    bench.phone_shows(ANNA, "the own post", |shown| shown["id"] == concert.id.0 && shown["from_me"] == true).await;
    let react = json!({ "to": made.jid.to_string(), "type": "reaction", "target": concert.id.0, "emoji": "🎶" });
    bench.post(&format!("/phones/{BEN}/messages"), react).await;
    let posts = anna.link.posts(&made.jid, 10, None).await.unwrap();
    assert_eq!((posts.len(), posts[0].number, posts[0].from_me), (1, number, true), "sent again it is the same post");
    assert_eq!(posts[0].reactions, [ReactionCount { emoji: "🎶".into(), count: 1 }]);

    let target = MessageRef { id: concert.id.clone(), from_me: true, sender: None };
    let words = Content::Edit { target: target.clone(), text: "concert tomorrow".into() };
    let edit = post(&bench, &anna, &made.jid, &words, Some(number)).await;
    assert_eq!(anna.acked(&edit.id).await, None);
    let is = |shown: &Value| shown["id"] == concert.id.0 && shown["text"] == "concert tomorrow";
    assert_eq!(bench.phone_shows(BEN, "other words", is).await["edited"], true);
    let revoke = post(&bench, &anna, &made.jid, &Content::Revoke { target }, Some(number)).await;
    assert_eq!(anna.acked(&revoke.id).await, None);
    bench.phone_shows(BEN, "no post", |shown| shown["id"] == concert.id.0 && shown["revoked"] == true).await;
    assert_eq!(anna.link.posts(&made.jid, 10, None).await.unwrap()[0].content, Content::Deleted {});
    nothing_unhandled(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_of_others_are_reacted_to_and_their_changes_told() {
    let (bench, anna) = stage().await;
    let (jid, _) = made_by_ben(&bench).await;
    anna.link.follow_newsletter(&jid).await.unwrap();
    let to = jid.to_string();
    let id = bench.phone_sends(BEN, &to, "rye").await;
    let rye = anna.message("rye").await;
    let target = MessageRef { id: rye.id.clone(), from_me: false, sender: Some(rye.sender.clone()) };
    for (emoji, counts) in [("👍", json!({ "👍": 1 })), ("", json!({}))] {
        let content = Content::Reaction { target: target.clone(), emoji: emoji.into() };
        let sent = post(&bench, &anna, &jid, &content, rye.context.post).await;
        assert_eq!(anna.acked(&sent.id).await, None);
        let seen = bench.get(&format!("/phones/{BEN}/newsletters")).await;
        assert_eq!(seen["newsletters"][0]["posts"][0]["reactions"], counts, "{emoji}");
    }

    let path = format!("/phones/{BEN}/messages");
    bench.post(&path, json!({ "to": to, "type": "edit", "target": id, "text": "wheat" })).await;
    let edit = told(&anna, "the edit", |content| matches!(content, Content::Edit { .. })).await;
    assert_eq!(edit, Content::Edit { target: MessageRef::named(rye.id.clone()), text: "wheat".into() });
    bench.post(&path, json!({ "to": to, "type": "revoke", "target": id })).await;
    let revoke = told(&anna, "the deletion", |content| matches!(content, Content::Revoke { .. })).await;
    assert_eq!(revoke, Content::Revoke { target: MessageRef::named(rye.id) });
    bench.all_acknowledged(ANNA).await;
    nothing_unhandled(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_to_a_newsletter_is_said() {
    let (bench, anna) = stage().await;
    let nowhere: Jid = "120363000000000001@newsletter".parse().unwrap();
    assert!(matches!(anna.link.follow_newsletter(&nowhere).await, Err(EngineError::Missing(_))));
    assert!(matches!(anna.link.posts(&nowhere, 1, None).await, Err(EngineError::Missing(_))));
    let worthless = anna.link.newsletter(&NewsletterKey::Invite("nonsense".into())).await;
    assert!(matches!(worthless, Err(EngineError::Missing(_))), "{worthless:?}");
    let (jid, _) = made_by_ben(&bench).await;
    let edit = NewsletterEdit { name: Some("Anna's".into()), description: None };
    let renamed = anna.link.change_newsletter(&jid, &edit).await;
    assert!(matches!(renamed, Err(EngineError::NotAllowed(_))), "{renamed:?}");
    let unheard = post(&bench, &anna, &jid, &said("may I?"), None).await;
    assert_eq!(anna.acked(&unheard.id).await.as_deref(), Some("403"));
}

async fn stage() -> (Bench, Running) {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    (bench, anna)
}

/// Its JID, and the code of its link.
async fn made_by_ben(bench: &Bench) -> (Jid, String) {
    let new = json!({ "name": "Bakery", "description": "Bread and more" });
    let made = bench.post(&format!("/phones/{BEN}/newsletters"), new).await;
    (made["id"].as_str().unwrap().parse().unwrap(), made["invite_code"].as_str().unwrap().to_owned())
}

/// A post, or what is done to the one with that number.
async fn post(bench: &Bench, anna: &Running, jid: &Jid, content: &Content, number: Option<u64>) -> Transmit {
    let (session, own) = ("s".parse().unwrap(), Party::from(ANNA.parse::<Jid>().unwrap()));
    let (context, at) = (Context { post: number, ..Context::default() }, SystemClock.now());
    let draft = Draft { session: &session, chat: jid, own: &own, at, content, context: &context };
    let finished = bench.engine.finish(&draft).await.unwrap();
    let message = Transmit { id: bench.engine.message_id(), chat: jid.clone(), finished };
    anna.link.transmit(&message).await.unwrap();
    message
}

async fn number_of(anna: &Running, post: &MessageId) -> u64 {
    anna.fact("the post's number", |fact| match fact {
        Fact::Posted { id, number } if id == post => Some(*number),
        _ => None,
    })
    .await
}

async fn told(anna: &Running, what: &str, wanted: impl Fn(&Content) -> bool) -> Content {
    eventually(what, async || anna.messages().into_iter().map(|message| message.content).find(&wanted)).await
}

async fn nothing_unhandled(bench: &Bench) {
    assert_eq!(bench.get("/unhandled").await, json!({ "unhandled": [] }));
}
