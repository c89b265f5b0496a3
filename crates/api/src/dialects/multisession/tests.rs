//! The document's own requests, and what else clients may do.

use axum::http::Method;
use serde_json::{Value, json};
use switchboard_core::{
    Caller, EventQuery,
    engine::{Inbound, fake::Answer as Network},
};
use switchboard_model::{Group, GroupKind, GroupSettings, Jid, Member, MemberRole, Party, SessionId};

use crate::{
    testing::{Answer, House, OWN_PHONE, PASSWORD, PEER, inbound},
    webhook_bodies,
};

pub(super) async fn house() -> House {
    House::with(super::router).await
}

#[track_caller]
pub(super) fn refused(answer: &Answer, status: u16, error: &str) -> String {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["error"], error, "{body}");
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    body["message"].as_str().expect("a message").to_owned()
}

#[tokio::test]
async fn the_documents_login() {
    let house = house().await;
    let body = json!({"username": "admin", "password": PASSWORD});
    let answer = house.post("/api/login", body).send().await.ok(200);
    let token = answer["token"].as_str().unwrap().to_owned();
    assert_eq!(answer, json!({"success": true, "token": token, "user": {"id": 1, "username": "admin"}}));
    house.get("/api/sessions").bearer(&token).send().await.ok(200);

    // As curl sends it in the second scenario: no JSON content type.
    let plain = json!({"username": "admin", "password": PASSWORD}).to_string();
    let ask = house.ask(Method::POST, "/api/login").header("content-type", "application/x-www-form-urlencoded");
    ask.body(plain).send().await.ok(200);

    let wrong = house.post("/api/login", json!({"username": "admin", "password": "admin"})).send().await;
    refused(&wrong, 401, "Unauthorized");
}

#[tokio::test]
async fn the_documents_sessions() {
    let house = house().await;
    let made = house.post("/api/sessions", json!({"name": "Business Support"})).admin().send().await.ok(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": id, "name": "Business Support", "phone": null, "webhook_url": null, "connected": false,
        "logged_in": false, "created_at": made["created_at"],
    });
    assert_eq!(made, expected);
    assert_eq!(house.get("/api/sessions").admin().send().await.ok(200), json!([expected]));
    assert_eq!(house.get(&format!("/api/sessions/{id}")).admin().send().await.ok(200), expected);

    let path = format!("/api/sessions/{id}/name");
    let renamed = house.ask(Method::PUT, &path).json(&json!({"name": "Personal Account"})).admin().send().await.ok(200);
    assert_eq!((&renamed["success"], &renamed["name"]), (&json!(true), &json!("Personal Account")));

    // The document's curl sends no body.
    let connect = format!("/api/sessions/{id}/connect");
    assert_eq!(house.ask(Method::POST, &connect).admin().send().await.ok(200)["success"], true);
    let session: SessionId = id.parse().unwrap();
    house.engine.session(&session).link().await.qr("2@waiting");
    house.until(&session, "waiting_qr").await;
    let shown = house.get(&format!("/api/sessions/{id}")).admin().send().await.ok(200);
    // The code came over the socket: it is open, and nobody is logged in.
    assert_eq!((&shown["connected"], &shown["logged_in"]), (&json!(true), &json!(false)));
    house.link(&session).await;
    let shown = house.get(&format!("/api/sessions/{id}")).admin().send().await.ok(200);
    assert_eq!(
        (&shown["connected"], &shown["logged_in"], &shown["phone"]),
        (&json!(true), &json!(true), &json!(OWN_PHONE))
    );

    let disconnect = format!("/api/sessions/{id}/disconnect");
    assert_eq!(house.ask(Method::POST, &disconnect).admin().send().await.ok(200)["success"], true);
    let shown = house.get(&format!("/api/sessions/{id}")).admin().send().await.ok(200);
    assert_eq!((&shown["connected"], &shown["logged_in"]), (&json!(false), &json!(true)));

    let path = format!("/api/sessions/{id}");
    assert_eq!(house.ask(Method::DELETE, &path).admin().send().await.ok(200)["success"], true);
    refused(&house.get(&path).admin().send().await, 404, "Not Found");
}

#[tokio::test]
async fn a_status_is_delivered_as_one() {
    let house = house().await;
    let (id, session) = house.linked("sales").await;
    let post = Inbound { chat: Party::from(Jid::Status), ..inbound("S1", "Hello, world") };
    session.link().await.deliver(vec![post]).await.unwrap();
    let kinds = Some(vec!["message.received".to_owned()]);
    let query = EventQuery { session: Some(id), kinds, limit: None };
    let page = house.core.follow(Caller::System, query, 0).next().await.unwrap();
    let body = webhook_bodies::multisession(&page.events[0], Some(&OWN_PHONE.parse().unwrap())).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["message"]["to"], "status@broadcast");
    assert_eq!(body["message"]["from"], format!("{PEER}@s.whatsapp.net"));
}

#[tokio::test]
async fn the_documents_webhook() {
    let house = house().await;
    let body = json!({"name": "Business Support", "webhook_url": "https://myapp.com/webhook/business"});
    let made = house.post("/api/sessions", body).admin().send().await.ok(201);
    assert_eq!(made["webhook_url"], "https://myapp.com/webhook/business");
    assert!(made["webhook_secret"].as_str().unwrap().starts_with("whsec_"), "{made}");

    let path = format!("/api/sessions/{}/webhook", made["id"].as_str().unwrap());
    let set = async |url: &str| house.ask(Method::PUT, &path).json(&json!({"webhook_url": url})).admin().send().await;
    let changed = set("https://myapp.com/webhook").await.ok(200);
    assert_eq!((&changed["success"], &changed["webhook_url"]), (&json!(true), &json!("https://myapp.com/webhook")));
    assert!(changed.get("webhook_secret").is_none(), "shown once: {changed}");
    let listed = house.get("/api/sessions").admin().send().await.ok(200);
    assert_eq!(listed[0]["webhook_url"], "https://myapp.com/webhook");
    assert_eq!(set("").await.ok(200)["webhook_url"], json!(null));
    set("https://myapp.com/webhook").await.ok(200);
    let put = async |body: Value| house.ask(Method::PUT, &path).json(&body).admin().send().await;
    assert_eq!(put(json!({"webhook_url": null})).await.ok(200)["webhook_url"], json!(null));
    assert_eq!(house.get("/api/sessions").admin().send().await.ok(200)[0]["webhook_url"], json!(null));
    assert_eq!(refused(&put(json!({})).await, 400, "Bad Request"), "webhook_url: is missing");

    for url in
        ["ftp://myapp.com/", "nonsense", "http://127.0.0.1/", "http://169.254.169.254/latest", "http://[::1]:80/"]
    {
        assert!(refused(&set(url).await, 400, "Bad Request").starts_with("webhook_url: "), "{url}");
        let refusal = house.post("/api/sessions", json!({"name": "x", "webhook_url": url})).admin().send().await;
        refused(&refusal, 400, "Bad Request");
    }
    assert_eq!(house.get("/api/sessions").admin().send().await.ok(200).as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_documents_messages() {
    let house = house().await;
    let (_, session) = house.linked("1234567890").await;
    let body = json!({"recipient": PEER, "message": "Hello from specific session!"});
    let sent = house.post("/api/sessions/1234567890/send", body).admin().send().await.ok(200);
    assert_eq!(sent["success"], true);
    assert!(sent["message_id"].is_string() && sent["timestamp"].as_i64().unwrap() < 10_000_000_000, "{sent}");

    let body = json!({"phone": OWN_PHONE, "recipient": PEER, "message": "Hello from selected phone!"});
    assert_eq!(house.post("/api/send", body).admin().send().await.ok(200)["success"], true);

    let (own, peer) = (format!("{OWN_PHONE}@s.whatsapp.net"), format!("{PEER}@c.us"));
    let body = json!({"phone": own, "recipient": peer, "message": "x"});
    assert_eq!(house.post("/api/send", body).admin().send().await.ok(200)["success"], true);

    let body = json!({"recipient": "120363302171476233@g.us", "message": "Hello, all"});
    assert_eq!(house.post("/api/sessions/1234567890/send", body).admin().send().await.ok(200)["success"], true);
    let chats: Vec<_> = session.sent().iter().map(|sent| sent.chat.to_string()).collect();
    let peer = "6281381393739@s.whatsapp.net";
    assert_eq!(chats, [peer, peer, peer, "120363302171476233@g.us"]);
}

#[tokio::test]
async fn the_documents_number_check() {
    let house = house().await;
    house.linked("1234567890").await;
    let ask = async |number: &str| {
        house.post("/api/sessions/1234567890/check-number", json!({"number": number})).admin().send().await
    };
    let expected = json!({
        "success": true, "number": PEER, "on_whatsapp": true, "verified": false, "verified_name": "",
    });
    for spelling in ["", "@c.us", "@s.whatsapp.net"] {
        assert_eq!(ask(&format!("{PEER}{spelling}")).await.ok(200), expected);
    }
    assert_eq!(ask("6281381393730").await.ok(200)["on_whatsapp"], false);
    for no_number in ["12", "", "120363302171476233@g.us", "6281381393739@example.org"] {
        assert!(refused(&ask(no_number).await, 400, "Bad Request").starts_with("number: "), "{no_number}");
    }
    house.session("idle").await;
    let answer = house.post("/api/sessions/idle/check-number", json!({"number": PEER})).admin().send().await;
    refused(&answer, 404, "Not Found");
}

/// The two groups of the document's answer.
fn documented_groups() -> [Group; 2] {
    let person = |number: &str| Party::from(number.parse::<Jid>().unwrap());
    let own = Party::person(OWN_PHONE.parse().ok(), "100001".parse().ok()).unwrap();
    let group = |jid: &str, subject: &str, description: Option<&str>, owner: Party, role, size| Group {
        jid: jid.parse().unwrap(),
        subject: subject.to_owned(),
        description: description.map(str::to_owned),
        owner: Some(owner),
        created_at: None,
        members: vec![Member { party: own.clone(), role }],
        size,
        settings: GroupSettings::default(),
        kind: GroupKind::Group,
        parent: None,
    };
    let about = Some("Family chat group");
    [
        group("120363302171476233@g.us", "Family Group", about, person(PEER), MemberRole::Member, 8),
        group("6281381393739-1624931511@g.us", "Work Team", None, person(OWN_PHONE), MemberRole::Admin, 15),
    ]
}

#[tokio::test]
async fn the_documents_groups() {
    let house = house().await;
    let (_, session) = house.linked("1234567890").await;
    documented_groups().into_iter().for_each(|group| session.put_group(group));
    let listed = house.get("/api/sessions/1234567890/groups").admin().send().await.ok(200);
    let expected = json!({
        "success": true,
        "count": 2,
        "groups": [
            {
                "jid": "120363302171476233@g.us",
                "name": "Family Group",
                "topic": "Family chat group",
                "description": "Family chat group",
                "owner": "6281381393739@s.whatsapp.net",
                "participant_count": 8,
                "is_admin": false,
                "is_super_admin": false
            },
            {
                "jid": "6281381393739-1624931511@g.us",
                "name": "Work Team",
                "topic": "",
                "description": "",
                "owner": "6282260790996@s.whatsapp.net",
                "participant_count": 15,
                "is_admin": true,
                "is_super_admin": false
            }
        ]
    });
    assert_eq!(listed, expected);

    // As the document's broadcast does it.
    for group in listed["groups"].as_array().unwrap() {
        let body = json!({"recipient": group["jid"], "message": "To all"});
        house.post("/api/sessions/1234567890/send", body).admin().send().await.ok(200);
    }
    let sent = session.sent_at_least(2).await;
    assert_eq!(sent[1].chat.to_string(), "6281381393739-1624931511@g.us");

    house.session("idle").await;
    refused(&house.get("/api/sessions/idle/groups").admin().send().await, 404, "Not Found");
}

#[tokio::test]
async fn sending_while_disconnected_is_404() {
    let house = house().await;
    let (id, _) = house.linked("shop").await;
    house.session("idle").await;
    house.core.disconnect(&switchboard_core::Caller::System, &id).await.unwrap();
    let body = json!({"recipient": PEER, "message": "x"});
    for id in ["shop", "idle", "nobody"] {
        let answer = house.post(&format!("/api/sessions/{id}/send"), body.clone()).admin().send().await;
        refused(&answer, 404, "Not Found");
    }
    let by_phone = json!({"phone": OWN_PHONE, "recipient": PEER, "message": "x"});
    refused(&house.post("/api/send", by_phone).admin().send().await, 404, "Not Found");
}

#[tokio::test]
async fn a_message_that_the_network_refuses_is_no_success() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    session.answer(Network::Nack("463".to_owned()));
    let answer = house.post("/api/sessions/shop/send", json!({"recipient": PEER, "message": "x"})).admin().send().await;
    assert!(refused(&answer, 422, "Unprocessable Entity").contains("463"));
}

#[tokio::test]
async fn a_number_that_is_not_on_whatsapp_is_422() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    session.answer(Network::Nack("404".to_owned()));
    let answer = house.post("/api/sessions/shop/send", json!({"recipient": PEER, "message": "x"})).admin().send().await;
    assert!(refused(&answer, 422, "Unprocessable Entity").contains("not on WhatsApp"));
}

/// As the document's departments have them.
#[tokio::test]
async fn a_session_can_have_an_id_of_ones_own() {
    let house = house().await;
    let create = async |id: Value| house.post("/api/sessions", json!({"id": id, "name": "Sales"})).admin().send().await;
    assert_eq!(create(json!("session_sales")).await.ok(201)["id"], "session_sales");
    assert_eq!(house.get("/api/sessions/session_sales").admin().send().await.ok(200)["name"], "Sales");
    assert!(refused(&create(json!("session_sales")).await, 409, "Conflict").contains("session_sales"));
    for bad in ["", "../x", "a b"] {
        assert!(refused(&create(json!(bad)).await, 400, "Bad Request").starts_with("id: "), "{bad}");
    }
    assert_ne!(create(Value::Null).await.ok(201)["id"], "session_sales");
}

#[tokio::test]
async fn commands_without_a_body_refuse_a_broken_one() {
    let house = house().await;
    house.session("shop").await;
    for command in ["connect", "disconnect"] {
        let path = format!("/api/sessions/shop/{command}");
        let ask = async |body: &str| house.ask(Method::POST, &path).body(body.to_owned()).admin().send().await;
        for body in ["{", "nonsense", "{} {}"] {
            assert!(refused(&ask(body).await, 400, "Bad Request").starts_with("body: "), "{command} {body}");
        }
        for body in ["", " ", "{}", r#"{"anything": [1, 2]}"#] {
            assert_eq!(ask(body).await.ok(200)["success"], true, "{command} {body}");
        }
    }
}

#[tokio::test]
async fn an_idempotency_key_sends_once() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let ask = || {
        house.post("/api/sessions/shop/send", json!({"recipient": PEER, "message": "x"})).header("idempotency-key", "k")
    };
    let (one, two) = (ask().admin().send().await.ok(200), ask().admin().send().await.ok(200));
    assert_eq!((&one["message_id"], session.sent().len()), (&two["message_id"], 1));
}

#[tokio::test]
async fn a_phone_is_looked_for_among_ones_own() {
    let house = house().await;
    let ann = house.user("ann").await;
    let made = house.post("/api/sessions", json!({"name": "Ann's"})).bearer(&ann).send().await.ok(201);
    house.link(&made["id"].as_str().unwrap().parse().unwrap()).await;
    let body = json!({"phone": format!("+{OWN_PHONE}"), "recipient": PEER, "message": "x"});
    house.post("/api/send", body.clone()).bearer(&ann).send().await.ok(200);
    refused(&house.post("/api/send", body).admin().send().await, 404, "Not Found");
}

#[tokio::test]
async fn users_have_sessions_of_their_own() {
    let house = house().await;
    let (ann, bob) = (house.user("ann").await, house.user("bob").await);
    let made = house.post("/api/sessions", json!({"name": "User 1 Session"})).bearer(&ann).send().await.ok(201);
    let id = made["id"].as_str().unwrap();
    assert_eq!(house.get("/api/sessions").bearer(&bob).send().await.ok(200), json!([]));
    for (method, tail) in [
        ("GET", ""),
        ("DELETE", ""),
        ("PUT", "/name"),
        ("PUT", "/webhook"),
        ("POST", "/connect"),
        ("POST", "/disconnect"),
        ("POST", "/send"),
        ("POST", "/check-number"),
        ("GET", "/groups"),
    ] {
        let body = json!({"name": "x", "recipient": PEER, "message": "x", "number": PEER, "webhook_url": ""});
        let ask = house.ask(method.parse().unwrap(), &format!("/api/sessions/{id}{tail}")).json(&body);
        refused(&ask.bearer(&bob).send().await, 404, "Not Found");
    }
    house.get(&format!("/api/sessions/{id}")).bearer(&ann).send().await.ok(200);
}

#[tokio::test]
async fn bad_input_is_refused_in_shape() {
    let house = house().await;
    house.linked("shop").await;
    let endpoints = [
        ("POST", "/api/sessions"),
        ("PUT", "/api/sessions/shop/name"),
        ("POST", "/api/sessions/shop/send"),
        ("POST", "/api/sessions/shop/check-number"),
        ("POST", "/api/send"),
        ("POST", "/api/login"),
    ];
    for (method, path) in endpoints {
        let ask = || house.ask(method.parse().unwrap(), path);
        for body in [
            "",
            "{}",
            "{",
            "null",
            "[]",
            "5",
            "\"x\"",
            r#"{"name":5,"recipient":[],"number":{},"phone":true,"username":1}"#,
        ] {
            let answer = ask().admin().body(body.to_owned()).send().await;
            assert!(refused(&answer, 400, "Bad Request").contains(": "), "{path} {body}");
        }
        let large = ask().admin().body(format!("{{\"name\":\"{}\"}}", "x".repeat(1 << 20))).send().await;
        refused(&large, 413, "Payload Too Large");
        refused(&house.ask(Method::PATCH, path).admin().send().await, 405, "Method Not Allowed");
        if path != "/api/login" {
            refused(&ask().json(&json!({})).send().await, 401, "Unauthorized");
            refused(&ask().json(&json!({})).bearer("wrong").send().await, 401, "Unauthorized");
        }
    }
    for id in ["..%2f..", "a%00", "'%20OR%201=1", "%F0%9F%98%80", &"x".repeat(3000)] {
        for tail in ["", "/groups-of-nobody"] {
            refused(&house.get(&format!("/api/sessions/{id}{tail}")).admin().send().await, 404, "Not Found");
        }
    }
    for path in ["/api", "/api/", "/api/nothing", "/api/sessions/", "/api/sessions/shop/nothing"] {
        refused(&house.get(path).admin().send().await, 404, "Not Found");
    }
    for (body, field) in [
        (json!({"recipient": "", "message": "x"}), "recipient"),
        (json!({"recipient": "hello", "message": "x"}), "recipient"),
        (json!({"recipient": PEER, "message": ""}), "message"),
        (json!({"recipient": PEER, "message": "x".repeat(100_000)}), "message"),
        (json!({"recipient": "status@broadcast", "message": "x"}), "recipient"),
    ] {
        let answer = house.post("/api/sessions/shop/send", body).admin().send().await;
        assert!(refused(&answer, 400, "Bad Request").starts_with(&format!("{field}: ")), "{field}");
    }
    let answer = house.post("/api/send", json!({"phone": "x", "recipient": PEER, "message": "x"})).admin().send().await;
    assert!(refused(&answer, 400, "Bad Request").starts_with("phone: "));
}
