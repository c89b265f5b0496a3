//! Call blocking as the document describes it.

use axum::http::Method;
use serde_json::{Value, json};
use switchboard_core::{Caller, EventQuery};
use switchboard_model::{Clock, EventBody, Party, SessionId, SystemClock};

use crate::testing::{ADMIN, Answer, House, PEER, SOON};

const BLOCKING: &str = "/api/bots/bot/call-blocking";
const BLOCKED: &str = "/api/bots/bot/blocked-contacts";
const CALLS: &str = "/api/bots/bot/calls";
const CLEANUP: &str = "/api/system/cron/cleanup-blocks";

async fn house() -> House {
    House::with(super::router).await
}

impl House {
    async fn put(&self, body: Value) -> Answer {
        self.ask(Method::PUT, BLOCKING).header("x-api-key", ADMIN).json(&body).send().await
    }

    async fn block(&self, body: Value) -> Answer {
        self.post(BLOCKED, body).header("x-api-key", ADMIN).send().await
    }

    async fn unblock(&self, contact: &str) -> Answer {
        self.ask(Method::DELETE, &format!("{BLOCKED}/{contact}")).header("x-api-key", ADMIN).send().await
    }

    async fn read(&self, path: &str) -> Value {
        self.get(path).header("x-api-key", ADMIN).send().await.ok(200)
    }

    /// The peer calls, and the call is logged.
    async fn ring(&self, bot: &SessionId, call: &str) {
        let from = Party::person(PEER.parse().ok(), "777".parse().ok()).unwrap();
        self.engine.session(bot).link().await.call(call, from, SystemClock.now());
        self.until_event(bot, |body| matches!(body, EventBody::CallReceived(found) if found.id == call)).await;
    }

    async fn until_event(&self, bot: &SessionId, wanted: impl Fn(&EventBody) -> bool) {
        let query = EventQuery { session: Some(bot.clone()), ..EventQuery::default() };
        let mut follower = self.core.follow(Caller::System, query, 0);
        let found = async { while !follower.next().await.unwrap().events.iter().any(|event| wanted(&event.body)) {} };
        tokio::time::timeout(SOON, found).await.expect("the event comes");
    }
}

#[track_caller]
fn refused(answer: &Answer, status: u16, said: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["success"], false, "{body}");
    assert!(body["error"].as_str().unwrap().contains(said), "{body}");
}

#[tokio::test]
async fn settings_begin_with_defaults_and_change_in_part() {
    let house = house().await;
    house.session("bot").await;
    let before = house.read(BLOCKING).await;
    assert_eq!(
        before,
        json!({
            "enabled": false, "daily_limit": 3, "block_type": "temporary", "block_duration_hours": 24,
            "auto_reply_message": before["auto_reply_message"], "auto_reply_min_interval_seconds": 0,
            "also_block_on_whatsapp": false,
        })
    );
    assert!(before["auto_reply_message"].is_string());
    let changed = house.put(json!({"enabled": true, "daily_limit": 5})).await.ok(200);
    assert_eq!((&changed["enabled"], &changed["daily_limit"]), (&json!(true), &json!(5)));
    assert_eq!(changed["block_duration_hours"], 24);
    let silent = house.put(json!({"auto_reply_message": null, "block_type": "permanent"})).await.ok(200);
    assert_eq!((&silent["auto_reply_message"], &silent["daily_limit"]), (&Value::Null, &json!(5)));
    assert_eq!(house.read(BLOCKING).await, silent);
    assert_eq!(house.put(json!({})).await.ok(200), silent);
    assert_eq!(house.put(silent.clone()).await.ok(200), silent, "what is shown can be sent back");
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_by_name() {
    let house = house().await;
    house.session("bot").await;
    for (body, field) in [
        (json!({"daily_limit": 0}), "daily_limit"),
        (json!({"daily_limit": -1}), "daily_limit"),
        (json!({"daily_limit": "three"}), "daily_limit"),
        (json!({"daily_limit": 1.5}), "daily_limit"),
        (json!({"enabled": "yes"}), "enabled"),
        (json!({"block_type": "forever"}), "block_type"),
        (json!({"block_duration_hours": 0}), "block_duration_hours"),
        (json!({"auto_reply_message": "x".repeat(10_000)}), "auto_reply_message"),
        (json!({"auto_reply_message": "a\u{0}b"}), "auto_reply_message"),
        (json!({"auto_reply_min_interval_seconds": -5}), "auto_reply_min_interval_seconds"),
        (json!({"also_block_on_whatsapp": 1}), "also_block_on_whatsapp"),
        (json!({"enabled": true, "dayly_limit": 5}), "dayly_limit: unknown field"),
        (json!([]), "body"),
    ] {
        refused(&house.put(body).await, 400, field);
    }
    assert_eq!(house.read(BLOCKING).await["enabled"], false);
}

#[tokio::test]
async fn contacts_are_blocked_and_unblocked_by_hand() {
    let house = house().await;
    house.session("bot").await;
    let made =
        house.block(json!({"contact": "+62 813-8139-3739", "reason": "spam", "duration_hours": 2})).await.ok(201);
    assert_eq!(
        made,
        json!({
            "id": made["id"], "contact": format!("{PEER}@s.whatsapp.net"), "pn": PEER, "lid": null,
            "reason": "spam", "blocked_at": made["blocked_at"], "expires_at": made["expires_at"],
        })
    );
    let lasts = |block: &Value| {
        let at = |key: &str| block[key].as_str().unwrap().parse::<switchboard_model::Timestamp>().unwrap();
        at("expires_at").since(at("blocked_at")).as_secs()
    };
    assert_eq!(lasts(&made), 7200);

    let again = house.block(json!({"contact": format!("{PEER}@c.us"), "block_type": "permanent"})).await.ok(200);
    assert_eq!((&again["id"], &again["expires_at"]), (&made["id"], &Value::Null));
    let usual = house.block(json!({"contact": "777@lid"})).await.ok(201);
    assert_eq!((&usual["lid"], &usual["pn"], lasts(&usual)), (&json!("777"), &Value::Null, 24 * 3600));

    let first = house.read(&format!("{BLOCKED}?limit=1")).await;
    assert_eq!(first["blocked_contacts"], json!([usual]));
    let path = format!("{BLOCKED}?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(house.read(&path).await["blocked_contacts"], json!([again]));

    assert_eq!(house.unblock(usual["id"].as_str().unwrap()).await.ok(200), json!({"success": true}));
    assert_eq!(house.unblock("%2B6281381393739").await.ok(200), json!({"success": true}));
    refused(&house.unblock(PEER).await, 404, "no blocked contact");
    refused(&house.unblock("'%20OR%201=1").await, 404, "no blocked contact");
    assert_eq!(house.read(BLOCKED).await, json!({"blocked_contacts": [], "next_cursor": null}));
}

#[tokio::test]
async fn what_cannot_be_blocked_is_refused_by_name() {
    let house = house().await;
    house.session("bot").await;
    for (body, field) in [
        (json!({}), "contact"),
        (json!({"contact": ""}), "contact"),
        (json!({"contact": "12"}), "contact"),
        (json!({"contact": 6281381393739_i64}), "contact"),
        (json!({"contact": "120363000000000001@g.us"}), "contact"),
        (json!({"contact": PEER, "duration_hours": 0}), "duration_hours"),
        (json!({"contact": PEER, "block_type": "permanent", "duration_hours": 5}), "duration_hours"),
        (json!({"contact": PEER, "block_type": "maybe"}), "block_type"),
        (json!({"contact": PEER, "reason": "x".repeat(1000)}), "reason"),
    ] {
        refused(&house.block(body).await, 400, field);
    }
}

#[tokio::test]
async fn calls_are_listed_filtered_and_counted() {
    let house = house().await;
    let (bot, session) = house.linked("bot").await;
    house.put(json!({"enabled": true, "daily_limit": 2, "auto_reply_message": "Please write."})).await.ok(200);
    for call in ["1", "2", "3"] {
        house.ring(&bot, call).await;
    }
    tokio::time::timeout(SOON, session.rejected_at_least(1)).await.expect("the third is declined");
    tokio::time::timeout(SOON, session.sent_at_least(1)).await.expect("and replied to");

    let all = house.read(CALLS).await;
    let rejected = house.read(&format!("{CALLS}?status=rejected&from=777@lid")).await["calls"].clone();
    assert_eq!(
        rejected,
        json!([{
            "id": "3", "from": format!("{PEER}@s.whatsapp.net"), "pn": PEER, "lid": "777", "video": false,
            "group": false, "timestamp": rejected[0]["timestamp"], "status": "rejected", "reply_sent": true,
        }])
    );
    let caller = json!({"from": format!("{PEER}@s.whatsapp.net"), "pn": PEER, "lid": "777", "calls": 3});
    let stats = &all["stats"];
    assert_eq!((&stats["total"], &stats["today"], &stats["rejected"]), (&json!(3), &json!(3), &json!(1)));
    assert_eq!((&stats["unique_callers"], &stats["top_callers"]), (&json!(1), &json!([caller])));
    assert_eq!((&stats["by_day"][0]["calls"], &stats["by_day"][0]["rejected"]), (&json!(3), &json!(1)));
    assert_eq!(stats["by_day"][0]["date"].as_str().unwrap().len(), 10);

    let mut seen = Vec::new();
    let mut path = format!("{CALLS}?limit=2");
    loop {
        let page = house.read(&path).await;
        seen.extend(page["calls"].as_array().unwrap().iter().map(|call| call["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => path = format!("{CALLS}?limit=2&cursor={next}"),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(seen, ["1", "2", "3"]);
    assert_eq!(house.read(&format!("{CALLS}?since=2999-01-01T00:00:00Z")).await["calls"], json!([]));
    for bad in ["status=lost", "since=yesterday", "limit=x", "cursor=%00", "from=me"] {
        let answer = house.get(&format!("{CALLS}?{bad}")).header("x-api-key", ADMIN).send().await;
        refused(&answer, 400, bad.split('=').next().unwrap());
    }
    let blocked = house.read(BLOCKED).await;
    assert_eq!(blocked["blocked_contacts"][0]["lid"], "777");
    assert!(blocked["blocked_contacts"][0]["expires_at"].is_string());
}

#[tokio::test]
async fn a_contact_unblocked_by_hand_may_call_again() {
    let house = house().await;
    let (bot, session) = house.linked("bot").await;
    house.put(json!({"enabled": true, "daily_limit": 1})).await.ok(200);
    for call in ["1", "2"] {
        house.ring(&bot, call).await;
    }
    tokio::time::timeout(SOON, session.rejected_at_least(1)).await.expect("the second is declined");
    house.unblock("777@lid").await.ok(200);
    for call in ["3", "4"] {
        house.ring(&bot, call).await;
    }
    let rejected = tokio::time::timeout(SOON, session.rejected_at_least(2)).await.expect("the fourth is declined");
    assert_eq!(rejected, ["2", "4"]);
}

#[tokio::test]
async fn the_cleanup_is_for_those_who_may_start_jobs() {
    let house = house().await;
    let (cron, bots) = (house.key("cron", None).await, house.key("bots", None).await);
    let none = json!({"success": true, "removed": 0});
    assert_eq!(house.get(CLEANUP).header("x-api-key", &cron).send().await.ok(200), none);
    assert_eq!(house.get(CLEANUP).bearer(&cron).send().await.ok(200), none);
    assert_eq!(house.get(CLEANUP).header("x-api-key", ADMIN).send().await.ok(200), none);
    refused(&house.get(CLEANUP).header("x-api-key", &bots).send().await, 403, "cron");
    refused(&house.get(CLEANUP).send().await, 401, "credential");
    refused(&house.post(CLEANUP, json!({})).header("x-api-key", ADMIN).send().await, 405, "method");
}

#[tokio::test]
async fn other_peoples_bots_are_not_theirs_to_see() {
    let house = house().await;
    house.session("bot").await;
    let eve = house.user("eve").await;
    for path in [BLOCKING, BLOCKED, CALLS] {
        refused(&house.get(path).bearer(&eve).send().await, 403, "not yours");
        refused(&house.get(path).send().await, 401, "credential");
        refused(&house.get(&path.replace("/bot/", "/nobody/")).header("x-api-key", ADMIN).send().await, 404, "no bot");
        refused(&house.ask(Method::PATCH, path).header("x-api-key", ADMIN).send().await, 405, "method");
    }
}
