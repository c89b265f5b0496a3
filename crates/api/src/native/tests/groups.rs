use axum::http::Method;
use serde_json::json;
use switchboard_core::engine::fake::INVITE;
use switchboard_model::{Group, GroupKind, GroupSettings, Member, MemberRole, Party};

use super::house;
use crate::testing::{House, OWN_PHONE, PEER};

const CHOIR: &str = "120363302171476233@g.us";

async fn with_choir() -> House {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let person = |phone: &str| Party::from(phone.parse::<switchboard_model::Jid>().unwrap());
    session.put_group(Group {
        jid: CHOIR.parse().unwrap(),
        subject: "Choir".to_owned(),
        description: None,
        owner: Some(person(PEER)),
        created_at: None,
        members: vec![
            Member { party: person(PEER), role: MemberRole::SuperAdmin },
            Member { party: person(OWN_PHONE), role: MemberRole::Admin },
        ],
        size: 2,
        settings: GroupSettings::default(),
        kind: GroupKind::Group,
        parent: None,
    });
    house
}

fn path(tail: &str) -> String {
    format!("/v1/sessions/shop/groups/{CHOIR}{tail}")
}

#[tokio::test]
async fn a_group_is_made_seen_changed_and_left() {
    let house = with_choir().await;
    let new = json!({"subject": "Garden", "participants": [PEER]});
    let made = house.post("/v1/sessions/shop/groups", new).admin().send().await.ok(201);
    assert_eq!(made["participants"][0]["pn"], PEER);
    let listed = house.get("/v1/sessions/shop/groups").admin().send().await.ok(200);
    let names: Vec<_> = listed["groups"].as_array().unwrap().iter().map(|g| g["subject"].clone()).collect();
    assert_eq!(names, ["Choir", "Garden"]);

    let seen = house.get(&path("")).admin().send().await.ok(200);
    assert_eq!((&seen["own_role"], &seen["participant_count"]), (&json!("admin"), &json!(2)));
    let change =
        json!({"subject": "Big choir", "description": "We sing", "announcement": true, "ephemeral_seconds": 86400});
    let changed = house.ask(Method::PATCH, &path("")).json(&change).admin().send().await.ok(200);
    assert_eq!((&changed["subject"], &changed["description"]), (&json!("Big choir"), &json!("We sing")));
    assert_eq!(
        changed["settings"],
        json!({"announcement": true, "locked": false, "approval": false, "ephemeral_seconds": 86400})
    );
    house.ask(Method::POST, &path("/leave")).admin().send().await.ok(204);
    house.get(&path("")).admin().send().await.problem(404, "not_found");
}

#[tokio::test]
async fn participants_come_and_go() {
    let house = with_choir().await;
    let act = async |action: &str, number: &str| {
        let body = json!({"action": action, "participants": [number]});
        house.post(&path("/participants"), body).admin().send().await
    };
    let added = act("add", "+62 813-8139-3731").await.ok(200);
    assert_eq!(added["participants"][0]["done"], true);
    assert_eq!(house.get(&path("")).admin().send().await.ok(200)["participant_count"], 3);
    act("promote", "6281381393731").await.ok(200);
    act("remove", "6281381393731").await.ok(200);
    assert_eq!(house.get(&path("")).admin().send().await.ok(200)["participant_count"], 2);
    // The fake network does not know numbers that end in 0.
    let unknown = act("add", "6281381393730").await;
    assert_eq!(unknown.problem(400, "invalid"), "participants");
    assert!(unknown.text().contains("not on WhatsApp"));
    act("add", "12").await.problem(400, "invalid");
    act("add", CHOIR).await.problem(400, "invalid");
}

#[tokio::test]
async fn invitations_lead_into_groups() {
    let house = with_choir().await;
    let shown = house.get(&path("/invite")).admin().send().await.ok(200);
    assert_eq!(shown, json!({"code": INVITE, "url": format!("https://chat.whatsapp.com/{INVITE}")}));
    let renewed = house.ask(Method::DELETE, &path("/invite")).admin().send().await.ok(200);
    assert_ne!(renewed["code"], shown["code"]);
    let given = json!({"invite": shown["url"]});
    let preview = house.post("/v1/sessions/shop/group-invites/preview", given.clone()).admin().send().await.ok(200);
    assert_eq!(preview["id"], CHOIR);
    let joined = house.post("/v1/sessions/shop/group-invites/join", given).admin().send().await.ok(200);
    assert_eq!(joined, json!({"id": CHOIR, "waiting": false}));
    let revoked = json!({"invite": "revoked"});
    house.post("/v1/sessions/shop/group-invites/join", revoked).admin().send().await.problem(400, "invalid");
    assert_eq!(house.get(&path("/requests")).admin().send().await.ok(200), json!({"requests": []}));
}

#[tokio::test]
async fn what_does_not_fit_a_group_is_refused() {
    let house = with_choir().await;
    for body in [
        json!({"subject": "", "participants": [PEER]}),
        json!({"subject": "x".repeat(101), "participants": [PEER]}),
        json!({"subject": "x", "participants": []}),
        json!({"subject": "x", "participants": ["6281381393730"]}),
        json!({"subject": "x"}),
    ] {
        house.post("/v1/sessions/shop/groups", body).admin().send().await.problem(400, "invalid");
    }
    let odd = json!({"ephemeral_seconds": 5});
    house.ask(Method::PATCH, &path("")).json(&odd).admin().send().await.problem(400, "invalid");
    house.get("/v1/sessions/shop/groups/nonsense").admin().send().await.problem(404, "not_found");
    house.session("idle").await;
    house.get("/v1/sessions/idle/groups").admin().send().await.problem(409, "not_connected");
    let stranger = house.user("bob").await;
    house.get("/v1/sessions/shop/groups").bearer(&stranger).send().await.problem(404, "not_found");
    let key = house.key("read", None).await;
    let new = json!({"subject": "Garden", "participants": [PEER]});
    house.post("/v1/sessions/shop/groups", new).bearer(&key).send().await.problem(403, "forbidden");
}
