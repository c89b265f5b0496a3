//! The commands that talk to a gateway that runs.

use std::io::{BufRead as _, BufReader};
use std::process::{Output, Stdio};

use crate::support::{Place, Running};

const KEY: &str = "sixteen-letters-or-more";

/// A gateway, and the settings with which the command line finds it.
fn gateway() -> (Place, Running) {
    let place = Place::new().with("API_KEY", KEY);
    let gateway = place.serve();
    let url = format!("http://{}", gateway.socket("main"));
    (place.with("SWITCHBOARD_URL", &url), gateway)
}

fn said(place: &Place, args: &[&str]) -> String {
    let output = place.run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(output: &Output) -> String {
    crate::support::refusal(output)
}

#[test]
fn sessions_are_listed_shown_and_deleted() {
    let (place, gateway) = gateway();
    assert_eq!(said(&place, &["session", "list"]), "");
    assert!(place.refusal(&["session", "show", "sales"]).contains("there is no session sales"));
    let made = made_session(&gateway);
    assert!(made.contains("\"id\":\"sales\""), "{made}");
    let list = said(&place, &["session", "list"]);
    assert!(list.starts_with("sales ") && list.contains("created"), "{list}");
    assert!(said(&place, &["session", "show", "sales"]).contains("origin         native"));
    assert!(said(&place, &["session", "disconnect", "sales"]).starts_with("sales "));
    let refusal = place.refusal(&["send", "sales", "+1234567890", "hello", "--wait", "0"]);
    assert!(refusal.contains("sales"), "{refusal}");
    assert_eq!(said(&place, &["session", "delete", "sales"]), "Deleted session sales.\n");
    assert_eq!(said(&place, &["session", "list"]), "");
    gateway.stop();
}

#[test]
fn webhooks_and_deliveries_go_through_the_gateway_that_runs() {
    let (place, gateway) = gateway();
    // A name that resolves nowhere: taken now, refused when it is used.
    let made = said(&place, &["webhook", "add", "https://receiver.invalid/hook", "--events", "session.*"]);
    assert!(made.contains("Secret (shown this once): whsec_"), "{made}");
    let id = made.split("Made webhook ").nth(1).unwrap().split('.').next().unwrap().to_owned();
    let list = said(&place, &["webhook", "list"]);
    assert!(list.contains(&id) && list.contains("session.*  https://receiver.invalid/hook"), "{list}");
    assert!(place.refusal(&["webhook", "test", &id]).contains("the receiver did not take it"));
    assert!(said(&place, &["webhook", "replay", &id]).contains("0 deliveries leave once more"));
    made_session(&gateway);
    let deliveries = said(&place, &["deliveries"]);
    assert!(deliveries.contains("session.created") && deliveries.contains(&id), "{deliveries}");
    assert!(place.refusal(&["webhook", "add", "https://x.invalid", "--owner", "ana"]).contains("--owner"));
    gateway.stop();
    // The same, on the store itself.
    let place = place.with("SWITCHBOARD_URL", "");
    assert!(said(&place, &["webhook", "list"]).contains(&id));
}

#[test]
fn events_are_listed_and_followed() {
    let (place, gateway) = gateway();
    let mut child = place.command(&["events", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // It says nothing when it is ready, so it is given something until it says that.
    let maker = std::thread::scope(|scope| {
        let first = scope.spawn(|| lines.next().unwrap().unwrap());
        let mut number = 0;
        while !first.is_finished() {
            number += 1;
            post(&gateway, "/v1/sessions", &format!("{{\"id\":\"s{number}\"}}"));
        }
        first.join().unwrap()
    });
    let event: serde_json::Value = serde_json::from_str(&maker).unwrap();
    assert_eq!(event["type"], "session.created", "{event}");
    child.kill().unwrap();
    child.wait().unwrap();
    let list = said(&place, &["events", "--session", "s1", "--types", "session.created"]);
    assert_eq!(list.lines().count(), 1, "{list}");
    let behind = said(&place, &["events", "--after", event["position"].as_str().unwrap(), "--session", "s1"]);
    assert!(
        !behind.contains("\"session\":\"s1\",\"type\":\"session.created\"") || event["session"] != "s1",
        "{behind}"
    );
    gateway.stop();
}

#[test]
fn what_stands_in_the_way_is_said() {
    let (place, gateway) = gateway();
    assert!(refused(&place.run(&["session", "list", "--token", "wrong"])).contains("credential"));
    let url = format!("http://{}", gateway.socket("main"));
    gateway.stop();
    assert!(place.refusal(&["session", "list"]).contains(&format!("no gateway answers at {url}")));
    let place = place.with("API_KEY", "").with("SWITCHBOARD_URL", "");
    assert!(place.refusal(&["session", "list"]).contains("--url"));
    let place = place.with("PORT", "8080");
    assert!(place.refusal(&["session", "list"]).contains("SWITCHBOARD_TOKEN"));
}

#[test]
fn each_of_them_shows_an_example() {
    let place = Place::new();
    let commands: [&[&str]; 16] = [
        &["pair"],
        &["send"],
        &["events"],
        &["deliveries"],
        &["session", "list"],
        &["session", "show"],
        &["session", "connect"],
        &["session", "disconnect"],
        &["session", "delete"],
        &["session", "export"],
        &["session", "import"],
        &["session", "take-back"],
        &["webhook", "add"],
        &["webhook", "list"],
        &["webhook", "test"],
        &["webhook", "replay"],
    ];
    for command in commands {
        let text = said(&place, &[command, &["--help"]].concat());
        assert!(text.contains("Example") && text.contains("--url") && text.contains("--token"), "{command:?}: {text}");
    }
}

fn made_session(gateway: &Running) -> String {
    post(gateway, "/v1/sessions", r#"{"id":"sales"}"#)
}

fn post(gateway: &Running, path: &str, body: &str) -> String {
    gateway.post(path, &[("x-api-key", KEY)], body).1
}
