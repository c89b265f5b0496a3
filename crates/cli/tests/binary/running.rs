//! A gateway that starts, answers and stops.

use crate::support::Place;

#[test]
fn it_says_where_it_listens_answers_and_stops() {
    let place = Place::new();
    let gateway = place.serve();
    for listener in ["main", "wa_api", "microservice", "microservice_ws"] {
        assert!(gateway.socket(listener).ip().is_loopback());
    }
    let (status, body) = gateway.get("/health", &[]);
    assert_eq!(status, 200, "{body}");
    assert!(body.contains(r#""ready":true"#) && body.contains(r#""database":{"status":"ok"}"#), "{body}");
    let (status, body) = gateway.get("/metrics", &[]);
    assert_eq!(status, 200);
    assert!(body.contains("switchboard_info{version=") && body.contains("process_resident_memory_bytes"), "{body}");
    let (_, log) = gateway.stop();
    assert!(log.contains(" info switchboard::serve: stopped"), "{log}");
}

#[test]
fn it_starts_again_on_what_a_killed_one_left() {
    let place = Place::new();
    place.serve().kill();
    place.serve().stop();
}

#[test]
fn production_writes_json_lines_to_both_sinks() {
    let place = Place::new().with("NODE_ENV", "production");
    let (_, log) = place.serve().stop();
    let file = std::fs::read_to_string(place.path("data/logs/app.log")).unwrap();
    for line in log.lines().chain(file.lines()) {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(record["level"] == "info" && record["target"].is_string(), "{line}");
    }
    assert_eq!(log.lines().count(), file.lines().count());
}

#[test]
fn at_trace_no_secret_is_written_anywhere() {
    let secrets = [
        ("ADMIN_PASSWORD", "hush-admin-password"),
        ("JWT_SECRET", "hush-jwt-secret-hush-jwt-secret"),
        ("WHATSAPP_SERVICE_TOKEN", "hush-service-token"),
        ("API_KEY", "hush-api-key-hush-api-key"),
        ("SWITCHBOARD_MASTER_KEY", "68757368206875736820687573682068757368206875736820687573682068ab"),
        ("SUPABASE_SERVICE_ROLE_KEY", "hush-supabase-key"),
    ];
    let place = secrets.iter().fold(Place::new().with("LOG_LEVEL", "trace"), |p, (name, text)| p.with(name, text));
    let gateway = place.serve();
    gateway.get("/health?token=hush-service-token", &[("Authorization", "Bearer hush-service-token")]);
    gateway.get("/api/bots/x/session", &[("x-api-key", "hush-api-key-hush-api-key")]);
    let (said, log) = gateway.stop();
    let file = std::fs::read_to_string(place.path("data/logs/app.log")).unwrap();
    assert!(file.contains("stopped"), "{file}");
    for (name, secret) in secrets {
        assert!(!said.contains(secret) && !log.contains(secret) && !file.contains(secret), "{name} was written");
    }
}

#[test]
fn the_first_start_shows_its_secrets_once_and_logs_none() {
    let place = Place::new();
    let (said, log) = place.serve().stop();
    let file = std::fs::read_to_string(place.path("data/logs/app.log")).unwrap();
    for name in ["Password of admin", "Service token"] {
        let line = said.lines().find(|l| l.starts_with(name)).unwrap();
        let secret = line.rsplit(' ').next().unwrap();
        assert!(secret.len() >= 20 && !log.contains(secret) && !file.contains(secret), "{line}");
    }
    let (again, _) = place.serve().stop();
    assert!(!again.contains("shown this once"), "{again}");
}

#[test]
fn given_secrets_are_not_shown() {
    let place = Place::new().with("ADMIN_PASSWORD", "hush hush").with("WHATSAPP_SERVICE_TOKEN", "hush-token");
    let (said, _) = place.serve().stop();
    assert!(!said.contains("shown this once") && !said.contains("hush"), "{said}");
}
