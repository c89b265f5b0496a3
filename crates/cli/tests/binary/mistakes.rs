//! What is wrong is told in one sentence, and the exit code says that it failed.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;

use crate::support::{Place, refusal};

#[test]
fn a_second_process_is_told_who_was_first() {
    let place = Place::new();
    let first = place.serve();
    let text = place.refusal(&["serve"]);
    assert!(
        text.contains("./data is in use by another process") && text.contains(&format!("(number {})", first.id())),
        "{text}"
    );
    first.stop();
}

#[test]
fn a_port_in_use_is_named_and_nothing_is_left_behind() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let place = Place::new().with("WS_PORT", &port);
    let text = place.refusal(&["serve"]);
    assert!(text.contains("microservice_ws listener") && text.contains(&port) && text.contains("WS_PORT"), "{text}");
    assert!(!place.path("data/whatsapp.db").exists() && !place.path("data/master.key").exists());
}

#[test]
fn a_wrong_variable_is_named_in_one_line() {
    let place = Place::new().with("DB_TYPE", "oracle");
    for args in [&["serve"][..], &["config", "check"]] {
        let output = place.run(args);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "error: DB_TYPE (env DB_TYPE) is `oracle`; it can be sqlite, postgres or mysql\n"
        );
    }
    let text = Place::new().with("SWITCHBOARD_EGRES_ALLOW", "10.0.0.0/8").refusal(&["config", "check"]);
    assert!(text.ends_with("did you mean SWITCHBOARD_EGRESS_ALLOW?"), "{text}");
}

#[test]
fn flags_are_understood_before_and_after_the_subcommand() {
    let place = Place::new();
    for args in [
        &["--db-type", "postgres", "--db-user", "me", "config", "check"][..],
        &["config", "check", "--db-type", "postgres", "--db-user", "me"],
    ] {
        let output = place.run(args);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains("DB_TYPE=postgres (flag --db-type)"), "{text}");
    }
}

#[test]
fn an_unreachable_database_is_named_without_its_password() {
    // Nothing listens on a port that was just given back.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place = Place::new().with("DATABASE_URL", &format!("postgres://me:hush@127.0.0.1:{port}/gateway"));
    let text = place.refusal(&["serve"]);
    assert!(
        text.contains(&format!("127.0.0.1:{port}")) && text.contains("cannot be reached") && !text.contains("hush"),
        "{text}"
    );
}

#[test]
fn a_wrong_master_key_is_refused_and_harms_nothing() {
    let place = Place::new();
    place.serve().stop();
    let kept = std::fs::read(place.path("data/master.key")).unwrap();
    std::fs::rename(place.path("data/master.key"), place.path("kept.key")).unwrap();
    let text = place.refusal(&["serve"]);
    assert!(text.contains("master key"), "{text}");
    assert!(!place.path("data/master.key").exists(), "a useless key was left behind");
    std::fs::write(place.path("data/master.key"), kept).unwrap();
    std::fs::set_permissions(place.path("data/master.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    place.serve().stop();
}

#[test]
fn a_named_key_file_must_exist() {
    let text = Place::new().with("SWITCHBOARD_MASTER_KEY_FILE", "nowhere.key").refusal(&["serve"]);
    assert!(text.contains("nowhere.key does not exist"), "{text}");
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let place = Place::new();
    let dir = place.path("fixed");
    std::fs::create_dir(&dir).unwrap();
    let mut command = place.command(&["serve", "--data-dir", dir.to_str().unwrap()]);
    if std::fs::metadata(&dir).unwrap().uid() == 0 {
        // The superuser may write anywhere, so somebody else tries.
        command.uid(65534).gid(65534);
        std::fs::set_permissions(place.dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o555)).unwrap();
    let text = refusal(&command.output().unwrap());
    assert!(text.contains("fixed cannot be written to") && text.contains("--data-dir"), "{text}");
}
