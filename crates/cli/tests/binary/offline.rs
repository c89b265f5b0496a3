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
