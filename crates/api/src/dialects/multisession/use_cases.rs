//! The document's scenarios and use cases, told in its own calls.

use axum::http::Method;
use serde_json::{Value, json};

use crate::testing::{House, OWN_PHONE, PASSWORD, PEER};

/// A user of the API, signed in.
struct User<'h> {
    house: &'h House,
    token: String,
}

impl<'h> User<'h> {
    async fn sign_in(house: &'h House, username: &str) -> Self {
        let body = json!({ "username": username, "password": PASSWORD });
        let answer = house.post("/api/login", body).send().await.ok(200);
        Self { house, token: answer["token"].as_str().unwrap().to_owned() }
    }

    async fn create(&self, name: &str) -> String {
        let body = json!({ "name": name, "webhook_url": "https://myapp.com/webhook" });
        let made = self.house.post("/api/sessions", body).bearer(&self.token).send().await.ok(201);
        made["id"].as_str().unwrap().to_owned()
    }

    /// A session with a phone of its own.
    async fn linked(&self, name: &str, phone: &str) -> String {
        let id = self.create(name).await;
        self.post(&format!("/api/sessions/{id}/connect"), json!({})).await;
        let link = self.house.engine.session(&id.parse().unwrap()).link().await;
        link.pair(&phone.parse().unwrap(), &"100001".parse().unwrap());
        self.house.until(&id.parse().unwrap(), "connected").await;
        id
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.house.post(path, body).bearer(&self.token).send().await.ok(200)
    }

    async fn list(&self) -> Vec<Value> {
        let list = self.house.get("/api/sessions").bearer(&self.token).send().await.ok(200);
        list.as_array().unwrap().clone()
    }

    fn sent_by(&self, id: &str) -> Vec<String> {
        let session = self.house.engine.session(&id.parse().unwrap());
        session.sent().iter().map(|sent| sent.chat.to_string()).collect()
    }
}

async fn house() -> House {
    House::with(super::router).await
}

#[tokio::test]
async fn one_user_has_several_numbers() {
    let house = house().await;
    let admin = User::sign_in(&house, "admin").await;
    let business = admin.linked("Business Support", "6281100000001").await;
    let personal = admin.linked("Personal Account", "6281100000002").await;
    let list = admin.list().await;
    assert!(list.iter().all(|session| session["connected"] == true && session["logged_in"] == true), "{list:?}");
    let mut phones: Vec<_> = list.iter().map(|session| session["phone"].as_str().unwrap()).collect();
    phones.sort_unstable();
    assert_eq!((phones.as_slice(), business != personal), (["6281100000001", "6281100000002"].as_slice(), true));
}

#[tokio::test]
async fn several_users_have_sessions_of_their_own() {
    let house = house().await;
    house.user("user2").await;
    let (first, second) = (User::sign_in(&house, "admin").await, User::sign_in(&house, "user2").await);
    let (one, two) = (first.create("User 1 Session").await, second.create("User 2 Session").await);
    assert_eq!(second.list().await.iter().map(|session| session["id"].clone()).collect::<Vec<_>>(), [json!(two)]);
    let theirs = house.get(&format!("/api/sessions/{one}")).bearer(&second.token).send().await;
    assert_eq!(theirs.status.as_u16(), 404);
}

#[tokio::test]
async fn departments_answer_from_their_own_numbers() {
    let house = house().await;
    let admin = User::sign_in(&house, "admin").await;
    let mut departments = Vec::new();
    for (department, phone) in [("sales", "6281100000001"), ("support", "6281100000002"), ("billing", "6281100000003")]
    {
        departments.push(admin.linked(department, phone).await);
    }
    let body = json!({ "recipient": PEER, "message": "Your bill" });
    admin.post(&format!("/api/sessions/{}/send", departments[2]), body).await;
    let sent: Vec<_> = departments.iter().map(|id| admin.sent_by(id).len()).collect();
    assert_eq!(sent, [0, 0, 1]);
}

#[tokio::test]
async fn tenants_are_kept_apart() {
    let house = house().await;
    house.user("tenant-a").await;
    house.user("tenant-b").await;
    let (a, b) = (User::sign_in(&house, "tenant-a").await, User::sign_in(&house, "tenant-b").await);
    let own = a.linked("A", "6281100000001").await;
    a.post(&format!("/api/sessions/{own}/send"), json!({ "recipient": PEER, "message": "x" })).await;
    for path in [format!("/api/sessions/{own}/send"), "/api/send".to_owned()] {
        let body = json!({ "phone": "6281100000001", "recipient": PEER, "message": "x" });
        assert_eq!(house.post(&path, body).bearer(&b.token).send().await.status.as_u16(), 404, "{path}");
    }
    assert_eq!((a.sent_by(&own).len(), b.list().await.len()), (1, 0));
}

#[tokio::test]
async fn messages_are_spread_over_numbers() {
    let house = house().await;
    let admin = User::sign_in(&house, "admin").await;
    let one = admin.linked("one", "6281100000001").await;
    let two = admin.linked("two", "6281100000002").await;
    let sessions = admin.list().await;
    for turn in 0..6 {
        let phone = &sessions[turn % sessions.len()]["phone"];
        admin.post("/api/send", json!({ "phone": phone, "recipient": PEER, "message": format!("{turn}") })).await;
    }
    assert_eq!((admin.sent_by(&one).len(), admin.sent_by(&two).len()), (3, 3));
}

#[tokio::test]
async fn only_numbers_on_whatsapp_get_the_bulk() {
    let house = house().await;
    let admin = User::sign_in(&house, "admin").await;
    let id = admin.linked("bulk", OWN_PHONE).await;
    for number in [PEER, "6281381393730"] {
        let checked = admin.post(&format!("/api/sessions/{id}/check-number"), json!({ "number": number })).await;
        if checked["on_whatsapp"] == true {
            admin.post(&format!("/api/sessions/{id}/send"), json!({ "recipient": number, "message": "News" })).await;
        }
    }
    assert_eq!(admin.sent_by(&id), [format!("{PEER}@s.whatsapp.net")]);
}

#[tokio::test]
async fn the_monitor_counts_sessions() {
    let house = house().await;
    let admin = User::sign_in(&house, "admin").await;
    admin.create("new").await;
    admin.linked("up", "6281100000001").await;
    let down = admin.linked("down", "6281100000002").await;
    admin.post(&format!("/api/sessions/{down}/disconnect"), json!({})).await;
    let sessions = admin.list().await;
    let count = |field: &str| sessions.iter().filter(|session| session[field] == true).count();
    assert_eq!((sessions.len(), count("connected"), count("logged_in")), (3, 1, 2));
}

/// The retrying client stops at 404 and signs in anew at 401.
#[tokio::test]
async fn a_client_can_tell_what_to_retry() {
    let house = house().await;
    let mut admin = User::sign_in(&house, "admin").await;
    let id = admin.linked("shop", OWN_PHONE).await;
    let path = format!("/api/sessions/{id}/send");
    let body = json!({ "recipient": PEER, "message": "x" });
    let good = std::mem::replace(&mut admin.token, "no longer good".to_owned());
    assert_eq!(house.post(&path, body.clone()).bearer(&admin.token).send().await.status.as_u16(), 401);
    assert_eq!(house.ask(Method::POST, &path).json(&body).bearer(&good).send().await.status.as_u16(), 200);
    house.post(&format!("/api/sessions/{id}/disconnect"), json!({})).bearer(&good).send().await.ok(200);
    let gone = house.post(&path, body).bearer(&good).send().await;
    assert_eq!((gone.status.as_u16(), gone.json()["error"].clone()), (404, json!("Not Found")));
}
