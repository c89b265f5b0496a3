//! Who may do what: every operation asked by every kind of caller. The table that comes out is kept beside this file
//! and read like code: a change of it is a change of who may do what.

use std::fmt::Write as _;

use axum::http::Method;
use serde_json::json;
use switchboard_core::{Caller, TrialOutcome};

use super::surfaces::{Operation, Surface};
use crate::{
    native,
    testing::{ADMIN, Answer, House, SERVICE},
};

/// The kinds of caller. The session belongs to `owner`.
const CALLERS: [&str; 15] = [
    "nobody",
    "wrong",
    "expired",
    "owner",
    "stranger",
    "admin",
    "service",
    "read",
    "send",
    "sessions",
    "bots",
    "calls",
    "cron",
    "bound",
    "bound-other",
];
const SESSION: &str = "shop";

/// One kind of caller in a house of its own, where it can break nothing for the others.
struct Visit {
    house: House,
    credential: Option<String>,
    things: Vec<(&'static str, String)>,
}

impl Visit {
    async fn of(surface: Surface, caller: &str) -> Self {
        let native = House::with(native::router).await;
        answer_trials(&native);
        let owner = native.user("owner").await;
        let things = belongings(&native, &owner, surface).await;
        let key_of = async |maker: &str, scopes: &str, session: &str| {
            let mut body = json!({ "name": "k", "scopes": scopes.split(' ').collect::<Vec<_>>() });
            if !session.is_empty() {
                body["session"] = json!(session);
            }
            made(&native.post("/v1/keys", body).bearer(maker).send().await, "key")
        };
        let key = async |scopes: &str, session: &str| key_of(&owner, scopes, session).await;
        let credential = match caller {
            "nobody" => None,
            "wrong" => Some("wrong".to_owned()),
            "expired" => Some(native.expired_key().await),
            "owner" => Some(owner.clone()),
            "stranger" => Some(native.user("stranger").await),
            "admin" => Some(ADMIN.to_owned()),
            "service" => Some(SERVICE.to_owned()),
            // Jobs belong to administrators.
            "cron" => Some(key_of(ADMIN, "cron", "").await),
            "bound" => Some(key("sessions send read webhooks bots", SESSION).await),
            "bound-other" => Some(key("sessions send read webhooks bots", "other").await),
            scope => Some(key(scope, "").await),
        };
        Self { house: native.asking(|api| surface.routes(api)), credential, things }
    }

    async fn ask(&self, operation: &Operation) -> u16 {
        let things: Vec<_> = self.things.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut ask = operation.about(&self.house, &things);
        if let Some(credential) = &self.credential {
            ask = ask.bearer(credential);
        }
        if let Some(body) = operation.body_about(SESSION) {
            ask = ask.json(&body);
        }
        // Some answers are streams without end.
        ask.open().await.status().as_u16()
    }
}

/// In place of the worker that delivers.
fn answer_trials(house: &House) {
    let mut trials = house.core.delivery_desk(&Caller::System).unwrap().trials().unwrap();
    tokio::spawn(async move {
        while let Some(trial) = trials.recv().await {
            let _ = trial.reply.send(TrialOutcome { status: Some(200), latency_ms: 1, error: None });
        }
    });
}

/// What belongs to the owner, so that all there is to refuse is the caller.
async fn belongings(house: &House, owner: &str, surface: Surface) -> Vec<(&'static str, String)> {
    for id in [SESSION, "other"] {
        house.post("/v1/sessions", json!({ "id": id })).bearer(owner).send().await.ok(201);
    }
    house.link(&SESSION.parse().unwrap()).await;
    let message = json!({ "to": "6281381393739", "text": "x" });
    let message = house.post(&format!("/v1/sessions/{SESSION}/messages"), message).bearer(owner).send().await;
    let key = house.post("/v1/keys", json!({ "name": "k", "scopes": ["read"] })).bearer(owner).send().await;
    let webhook = json!({ "url": "https://myapp.com/webhook" });
    let webhook = house.post("/v1/webhooks", webhook).bearer(owner).send().await;
    let blocked = json!({ "contact": "6281381393739" });
    let blocked = house.post(&format!("/v1/sessions/{SESSION}/blocked-contacts"), blocked).bearer(owner).send().await;
    let community = json!({ "subject": "Neighbours" });
    let community = house.post(&format!("/v1/sessions/{SESSION}/communities"), community).bearer(owner).send().await;
    let id = if surface == Surface::WaApi { "nobody" } else { SESSION };
    vec![
        ("id", id.to_owned()),
        ("message", made(&message, "id")),
        ("key", made(&key, "id")),
        ("webhook", made(&webhook, "id")),
        ("user", "2".to_owned()),
        ("position", "1".to_owned()),
        ("chat", "6281381393739".to_owned()),
        ("person", "6281381393739".to_owned()),
        ("contact", made(&blocked, "id")),
        ("community", made(&community, "id")),
        ("group", "120363000000000001@g.us".to_owned()),
        ("newsletter", "120363000000000002@newsletter".to_owned()),
    ]
}

#[track_caller]
fn made(answer: &Answer, field: &str) -> String {
    assert!(answer.status.is_success(), "{}", answer.text());
    answer.json()[field].as_str().unwrap_or_else(|| panic!("no {field}: {}", answer.text())).to_owned()
}

/// What ends things comes last: within one session, then the session, then the user.
fn harm(operation: &Operation) -> u8 {
    match (operation.path.as_str(), &operation.method) {
        (path, _) if path.contains("{user}") => 4,
        (path, &Method::DELETE) if path.ends_with("{id}") => 3,
        (path, &Method::DELETE) if path.ends_with("{community}") => 2,
        (path, _) if path.ends_with("/session") || path.ends_with("/export") => 2,
        (path, _) if path.ends_with("logout") || path.ends_with("disconnect") || path.ends_with("reconnect") => 2,
        (_, &Method::DELETE) => 1,
        _ => 0,
    }
}

/// In (`+`), or the status of the refusal. A request that is read before its caller is judged shows as 400.
fn cell(status: u16) -> String {
    if matches!(status, 400 | 401 | 403 | 404) { status.to_string() } else { "+".to_owned() }
}

async fn table(surface: Surface) -> String {
    let mut operations = surface.operations();
    operations.sort_by_key(harm);
    let mut rows = vec![Vec::new(); operations.len()];
    for caller in CALLERS {
        let visit = Visit::of(surface, caller).await;
        for (operation, row) in operations.iter().zip(&mut rows) {
            let status = visit.ask(operation).await;
            assert!(status < 500, "{} as {caller}: {status}", operation.name());
            let unknown = matches!(caller, "nobody" | "wrong" | "expired");
            if unknown && !operation.open && !operation.by_location() {
                assert_eq!(status, 401, "{} as {caller}", operation.name());
            }
            row.push(cell(status));
        }
    }
    let mut table = format!("{:<64}{}\n", "", CALLERS.map(|caller| format!("{caller:<12}")).concat());
    for (operation, row) in operations.iter().zip(rows) {
        let cells: String = row.iter().map(|cell| format!("{cell:<12}")).collect();
        writeln!(table, "{:<64}{}", operation.name(), cells.trim_end()).unwrap();
    }
    table
}

macro_rules! on_each_surface {
    ($($name:ident $surface:ident),+) => {
        $(#[tokio::test]
        async fn $name() {
            insta::assert_snapshot!(table(Surface::$surface).await);
        })+
    };
}

on_each_surface!(native Native, multisession Multisession, bots Bots, wa_api WaApi, microservice Microservice);
