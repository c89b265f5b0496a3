//! Over the API of a gateway that runs.

use serde_json::{Value, json};

use super::{Add, Deliveries, ReplayOrder, WebhookCommand};
use crate::commands::{
    Failure,
    remote::{Remote, part, shown},
    say,
};

pub(super) async fn run(command: &WebhookCommand, gateway: &Remote) -> Result<(), Failure> {
    match command {
        WebhookCommand::Add(add) => make(gateway, add).await,
        WebhookCommand::List => list(gateway).await,
        WebhookCommand::Test { id } => test(gateway, id).await,
        WebhookCommand::Replay(order) => replay(gateway, order).await,
    }
}

pub(super) async fn deliveries(query: &Deliveries, gateway: &Remote) -> Result<(), Failure> {
    let state = query.state.map(|state| format!("&state={}", state.as_str())).unwrap_or_default();
    let webhook = query.webhook.as_deref().map(|id| format!("&webhook={}", part(id))).unwrap_or_default();
    let page = gateway.get(&format!("/v1/deliveries?limit={}{state}{webhook}", query.limit)).await?;
    for delivery in page["deliveries"].as_array().into_iter().flatten() {
        say(&line(delivery));
    }
    Ok(())
}

async fn make(gateway: &Remote, add: &Add) -> Result<(), Failure> {
    if add.owner.is_some() {
        return Err(
            "--owner is for a gateway that does not run: over the API a webhook belongs to whose token it is".into()
        );
    }
    let mut order = json!({ "url": add.url, "name": add.name, "events": add.events });
    order["mode"] = json!(if add.parallel { "parallel" } else { "fifo" });
    if let Some(session) = &add.session {
        order["session"] = json!(session);
    }
    let made = gateway.post("/v1/webhooks", order).await?;
    say(&format!("Made webhook {}.", shown(&made["id"])));
    say(&format!("Secret (shown this once): {}", shown(&made["secret"])));
    Ok(())
}

async fn list(gateway: &Remote) -> Result<(), Failure> {
    let mut cursor = String::new();
    loop {
        let page = gateway.get(&format!("/v1/webhooks?limit=200{cursor}")).await?;
        for webhook in page["webhooks"].as_array().into_iter().flatten() {
            say(&entry(webhook));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", part(next)),
            None => return Ok(()),
        }
    }
}

async fn test(gateway: &Remote, id: &str) -> Result<(), Failure> {
    let outcome = gateway.post(&format!("/v1/webhooks/{}/test", part(id)), json!({})).await?;
    if outcome["delivered"] == true {
        say(&format!("Delivered: HTTP {} after {} ms.", shown(&outcome["status"]), shown(&outcome["latency_ms"])));
        return Ok(());
    }
    Err(format!("the receiver did not take it: {}", shown(&outcome["error"])).into())
}

async fn replay(gateway: &Remote, order: &ReplayOrder) -> Result<(), Failure> {
    let which = match (order.from, order.to) {
        (Some(from), Some(to)) => json!({ "from": from.to_string(), "to": to.to_string() }),
        _ => json!({ "dead": true }),
    };
    let answer = gateway.post(&format!("/v1/webhooks/{}/replay", part(&order.id)), which).await?;
    say(&format!("{} deliveries leave once more.", shown(&answer["replayed"])));
    Ok(())
}

fn entry(webhook: &Value) -> String {
    let field = |name: &str| shown(&webhook[name]);
    let of = match webhook["session"].as_str() {
        Some(session) => format!("session {session}"),
        None => format!("user {}", field("owner")),
    };
    let kinds: Vec<_> = webhook["events"].as_array().into_iter().flatten().map(shown).collect();
    let events = if kinds.is_empty() { "everything".to_owned() } else { kinds.join(",") };
    format!("{}  {:8}  {:8}  {of}  {events}  {}", field("id"), field("state"), field("mode"), field("url"))
}

fn line(delivery: &Value) -> String {
    let field = |name: &str| shown(&delivery[name]);
    let last = &delivery["last_attempt"];
    let how = match (last["error"].as_str(), last["status"].as_u64()) {
        (Some(error), _) => error.to_owned(),
        (None, Some(status)) => format!("HTTP {status} after {} ms", shown(&last["latency_ms"])),
        (None, None) => "not attempted yet".to_owned(),
    };
    let (at, webhook, position, state) = (field("created_at"), field("webhook"), field("position"), field("state"));
    format!("{at}  {webhook}  {position}  {state:9}  {:>2}  {}  {how}", field("attempts"), field("type"))
}
