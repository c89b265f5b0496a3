//! The commands for a gateway that does not run.

use crate::support::Place;

fn said(place: &Place, args: &[&str]) -> String {
    let output = place.run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_doctor_changes_nothing_where_nothing_is() {
    let place = Place::new();
    let text = said(&place, &["doctor"]);
    assert!(text.contains("note  database: SQLite file ./data/whatsapp.db is not there yet"), "{text}");
    assert!(text.contains("ok    microservice_ws listener"), "{text}");
    assert!(!place.path("data").exists());
}

#[test]
fn the_doctor_finds_a_working_place_well_and_a_running_gateway_in_use() {
    let place = Place::new();
    let gateway = place.serve();
    let text = said(&place, &["doctor"]);
    assert!(text.contains("note  data directory: ") && text.contains("in use by another process"), "{text}");
    gateway.stop();
    let text = said(&place, &["doctor"]);
    assert!(text.contains("ok    database: ") && text.contains("ok    master key: in ./data/master.key"), "{text}");
}

#[test]
fn the_doctor_names_what_is_wrong() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::new().with("PORT", &taken.local_addr().unwrap().port().to_string());
    let output = place.run(&["doctor"]);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.contains("FAIL  main listener: "), "{text}");
    assert!(crate::support::refusal(&output).ends_with("a start would fail: see main listener"));
}

#[test]
fn a_new_master_key_replaces_the_old_one() {
    let place = Place::new();
    place.serve().stop();
    let old = std::fs::read_to_string(place.path("data/master.key")).unwrap();
    said(&place, &["rekey"]);
    assert_ne!(std::fs::read_to_string(place.path("data/master.key")).unwrap(), old);
    place.serve().stop();
    std::fs::write(place.path("data/master.key"), old).unwrap();
    assert!(place.refusal(&["serve"]).contains("master key"));
}

#[test]
fn a_backup_of_a_running_gateway_is_restored_elsewhere() {
    let place = Place::new().with("API_KEY", "sixteen-letters-or-more");
    let gateway = place.serve();
    let made = gateway.post("/v1/sessions", &[("x-api-key", "sixteen-letters-or-more")], r#"{"id":"sales"}"#);
    assert_eq!(made.0, 201, "{}", made.1);
    let text = said(&place, &["backup", "all.backup"]);
    assert!(text.contains(" rows to all.backup") && text.contains("master key"), "{text}");
    assert!(place.refusal(&["backup", "all.backup"]).contains("--force"));
    said(&place, &["backup", "all.backup", "--force"]);
    gateway.stop();
    let file = std::fs::read(place.path("all.backup")).unwrap();
    assert!(!file.windows(5).any(|part| part == b"sales"), "it says nothing to whoever finds it");
    assert!(place.refusal(&["restore", "all.backup"]).contains("in use already"));

    let elsewhere = Place::new().with("API_KEY", "sixteen-letters-or-more");
    std::fs::copy(place.path("all.backup"), elsewhere.path("all.backup")).unwrap();
    assert!(elsewhere.refusal(&["restore", "all.backup"]).contains("master key"), "made with another key");
    let key = std::fs::read_to_string(place.path("data/master.key")).unwrap();
    let elsewhere = Place::new().with("API_KEY", "sixteen-letters-or-more").with("SWITCHBOARD_MASTER_KEY", key.trim());
    std::fs::copy(place.path("all.backup"), elsewhere.path("all.backup")).unwrap();
    assert!(elsewhere.refusal(&["restore", "nowhere.backup"]).contains("nowhere.backup"));
    let text = said(&elsewhere, &["restore", "all.backup"]);
    assert!(text.contains("Restored 1 sessions as they were at 20"), "{text}");
    let gateway = elsewhere.serve();
    let (status, shown) = gateway.get("/v1/sessions/sales", &[("x-api-key", "sixteen-letters-or-more")]);
    assert_eq!(status, 200, "{shown}");
    gateway.stop();
}

#[test]
fn the_shell_is_told_of_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = said(&place, &["completions", shell]);
        assert!(script.contains("restore") && script.contains("data-dir"), "{shell}");
    }
    assert!(said(&place, &["man"]).contains(".TH switchboard 1"));
    said(&place, &["man", "--dir", "pages"]);
    let page = std::fs::read_to_string(place.path("pages/switchboard-key-create.1")).unwrap();
    assert!(page.contains("Examples") && page.contains("scopes"), "{page}");
}

#[test]
fn a_given_master_key_is_replaced_by_a_given_one() {
    let (old, new) = ("11".repeat(32), "22".repeat(32));
    let place = Place::new().with("SWITCHBOARD_MASTER_KEY", &old);
    place.serve().stop();
    assert!(place.refusal(&["rekey"]).contains("--new-key-file"));
    std::fs::write(place.path("next.key"), &new).unwrap();
    said(&place, &["rekey", "--new-key-file", "next.key"]);
    assert!(place.refusal(&["serve"]).contains("master key"));
    place.with("SWITCHBOARD_MASTER_KEY", &new).serve().stop();
}

#[test]
fn while_a_gateway_runs_they_say_so() {
    let place = Place::new();
    let gateway = place.serve();
    assert!(place.refusal(&["rekey"]).contains("a gateway is running on the data directory ./data"));
    gateway.stop();
}

#[test]
fn users_are_made_listed_changed_and_deleted() {
    let place = Place::new();
    let text = said(&place, &["user", "create", "ana"]);
    assert!(text.contains("Password of admin (shown this once): "), "the first user needs an administrator: {text}");
    assert!(text.contains("Made user ana, number 2.") && text.contains("Password (shown this once): "), "{text}");
    let list = said(&place, &["user", "list"]);
    assert!(list.contains("admin") && list.contains("  ana"), "{list}");
    assert!(said(&place, &["user", "password", "ana"]).contains("Password (shown this once): "));
    assert!(place.refusal(&["user", "create", "ana"]).contains("there is a user ana already"));
    said(&place, &["user", "delete", "ana"]);
    assert!(!said(&place, &["user", "list"]).contains("ana"));
    assert!(place.refusal(&["user", "delete", "ana"]).contains("there is no user ana"));
    assert!(place.refusal(&["user", "delete", "admin"]).contains("cannot be deleted"));
}

#[test]
fn a_password_on_standard_input_is_not_repeated() {
    let place = Place::new();
    std::fs::write(place.path("password"), "hush hush hush\n").unwrap();
    let input = std::fs::File::open(place.path("password")).unwrap();
    let output = place.command(&["user", "create", "ana", "--password-stdin"]).stdin(input).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !text.contains("hush") && !text.contains("Password (shown"), "{text}");
}

#[test]
fn keys_are_made_listed_rotated_and_revoked() {
    let place = Place::new();
    let text = said(
        &place,
        &["key", "create", "crm", "--scopes", "send,read", "--expires", "90d", "--allow-ip", "10.0.0.0/8"],
    );
    let id = text.split("Made key ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let secret = text.split("Key (shown this once): ").nth(1).unwrap().trim().to_owned();
    let list = said(&place, &["key", "list"]);
    assert!(list.contains(&id) && list.contains("crm") && list.contains("until ") && !list.contains(&secret), "{list}");
    let rotated = said(&place, &["key", "rotate", &id]);
    assert!(!rotated.contains(&secret), "{rotated}");
    let next = rotated.split("Made key ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    said(&place, &["key", "revoke", &next]);
    assert_eq!(said(&place, &["key", "list"]).matches("revoked").count(), 2);
    assert!(place.refusal(&["key", "create", "x", "--scopes", "fly"]).contains("`fly` is not a scope"));
    assert!(place.refusal(&["key", "rotate", "nowhere"]).contains("there is no key nowhere"));
}

#[test]
fn every_command_shows_an_example() {
    let place = Place::new();
    let commands: [&[&str]; 15] = [
        &["serve"],
        &["rekey"],
        &["doctor"],
        &["health"],
        &["config", "check"],
        &["config", "example"],
        &["user", "create"],
        &["user", "list"],
        &["user", "password"],
        &["user", "delete"],
        &["key", "create"],
        &["key", "list"],
        &["key", "rotate"],
        &["key", "revoke"],
        &[],
    ];
    for command in commands {
        let text = said(&place, &[command, &["--help"]].concat());
        assert!(text.contains("Example"), "{command:?}: {text}");
    }
}
