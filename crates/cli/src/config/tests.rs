//! Precedence, and what a mistake is answered with.

use std::net::SocketAddr;
use std::path::Path;

use super::*;

fn sources(dir: &Path, env: &[(&str, &str)]) -> Sources {
    Sources {
        directory: dir.to_path_buf(),
        environment: env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        ..Sources::default()
    }
}

fn config(env: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    Config::load(&sources(dir.path(), env))
}

fn error(env: &[(&str, &str)]) -> String {
    config(env).unwrap_err().to_string()
}

fn address(text: &str) -> Option<SocketAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn each_layer_wins_over_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let mut given = sources(dir.path(), &[]);
    let level = |given: &Sources| given.gather().unwrap().get(&table::LOG_LEVEL).cloned().unwrap();
    assert_eq!(level(&given), Value { text: "info".into(), origin: Origin::Default });

    std::fs::write(dir.path().join("switchboard.toml"), "[log]\nlevel = 'warn'\n").unwrap();
    assert_eq!(level(&given), Value { text: "warn".into(), origin: Origin::File });

    std::fs::write(dir.path().join(".env"), "LOG_LEVEL=error\n").unwrap();
    assert_eq!(level(&given), Value { text: "error".into(), origin: Origin::DotEnv });

    given.environment.insert("LOG_LEVEL".into(), "debug".into());
    assert_eq!(level(&given), Value { text: "debug".into(), origin: Origin::Environment("LOG_LEVEL") });

    given.flags.push((&table::LOG_LEVEL, "trace".into()));
    assert_eq!(level(&given), Value { text: "trace".into(), origin: Origin::Flag("log-level") });
}

#[test]
fn an_embedding_programs_presets_are_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let mut given = sources(dir.path(), &[]);
    given.presets.push((&table::SERVICE_TOKEN, "sandbox-token".into()));
    let values = given.gather().unwrap();
    assert_eq!(values.get(&table::SERVICE_TOKEN).unwrap().origin, Origin::Default);
}

#[test]
fn what_only_flags_may_say_is_taken_from_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("switchboard.toml"), "[data]\ndir = '/srv/switchboard'\n").unwrap();
    std::fs::write(dir.path().join(".env"), "DATABASE_URL=postgres://a:hush@db/main\n").unwrap();
    let mut given = sources(dir.path(), &[("SWITCHBOARD_NETWORK", "wss://a.example"), ("PORT", "9000")]);
    given.presets.push((&table::DATA_DIR, "/tmp/fresh".into()));
    given.flags_only = vec![&table::DATA_DIR, &table::DATABASE_URL, &table::NETWORK, &table::SESSIONS_PATH];
    let config = Config::load(&given).unwrap();
    assert_eq!(config.database.place(), "SQLite file /tmp/fresh/whatsapp.db");
    assert_eq!((config.data_dir.to_str(), config.network.url), (Some("/tmp/fresh"), None));
    assert_eq!(config.listen.socket(Listener::Main), address("127.0.0.1:9000"), "the rest is taken as ever");
    let over: Vec<_> = given.passed_over().unwrap().into_iter().map(|(s, origin)| (s.env, origin)).collect();
    let (file, environment) = (Origin::File, Origin::Environment("SWITCHBOARD_NETWORK"));
    let wanted =
        [("SWITCHBOARD_DATA_DIR", file), ("DATABASE_URL", Origin::DotEnv), ("SWITCHBOARD_NETWORK", environment)];
    assert_eq!(over, wanted);

    given.flags.push((&table::DATA_DIR, "/tmp/named".into()));
    assert_eq!(Config::load(&given).unwrap().data_dir.to_str(), Some("/tmp/named"));
    assert_eq!(given.passed_over().unwrap().len(), 2, "a flag is what counts anyway");
}

#[test]
fn the_file_takes_lists_numbers_and_false_for_off() {
    let dir = tempfile::tempdir().unwrap();
    let toml = "[listen]\nmain = 9000\nwa_api = false\n[network]\negress_allow = ['10.0.0.0/8', '192.168.1.7']\n";
    std::fs::write(dir.path().join("switchboard.toml"), toml).unwrap();
    let config = Config::load(&sources(dir.path(), &[])).unwrap();
    assert_eq!(config.listen.socket(Listener::Main), address("127.0.0.1:9000"));
    assert_eq!(config.listen.socket(Listener::WaApi), None);
    assert_eq!(config.network.egress_allow.len(), 2);
}

#[test]
fn an_empty_variable_counts_as_absent() {
    assert_eq!(config(&[("PORT", "")]).unwrap().listen.socket(Listener::Main), address("127.0.0.1:8080"));
}

#[test]
fn a_misspelt_variable_is_told_the_nearest() {
    assert_eq!(
        error(&[("SWITCHBOARD_EGRES_ALLOW", "10.0.0.0/8")]),
        "SWITCHBOARD_EGRES_ALLOW is not a setting of Switchboard (in the environment); did you mean SWITCHBOARD_EGRESS_ALLOW?"
    );
}

#[test]
fn a_misspelt_key_of_the_file_is_told_the_nearest() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("switchboard.toml"), "[database]\nhosst = 'x'\n").unwrap();
    let error = Config::load(&sources(dir.path(), &[])).unwrap_err().to_string();
    assert!(error.contains("database.hosst") && error.contains("did you mean database.host?"), "{error}");
}

#[test]
fn a_broken_file_is_named_with_its_line_and_without_its_text() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("switchboard.toml"), "[auth]\njwt_secret = 'hush\n").unwrap();
    let error = Config::load(&sources(dir.path(), &[])).unwrap_err().to_string();
    assert!(error.contains("switchboard.toml") && error.contains("line 2") && !error.contains("hush"), "{error}");
    assert_eq!(error.lines().count(), 1);
}

#[test]
fn a_broken_dot_env_is_named_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(".env"), "PORT=1\nhush hush\n").unwrap();
    let error = Config::load(&sources(dir.path(), &[])).unwrap_err().to_string();
    assert!(error.contains(".env: line 2") && !error.contains("hush"), "{error}");
}

#[test]
fn a_named_file_that_is_missing_is_an_error() {
    assert!(error(&[("SWITCHBOARD_CONFIG", "nowhere.toml")]).contains("nowhere.toml"));
}

#[test]
fn a_wrong_value_names_its_variable_and_origin() {
    let error = error(&[("DB_TYPE", "oracle")]);
    assert_eq!(error, "DB_TYPE (env DB_TYPE) is `oracle`; it can be sqlite, postgres or mysql");
}

#[test]
fn wrong_secrets_are_not_repeated() {
    for (name, text) in [("SWITCHBOARD_MASTER_KEY", "hush"), ("DATABASE_URL", "oracle://me:hush@host/db")] {
        let error = error(&[(name, text)]);
        assert!(error.contains(name) && !error.contains("hush"), "{error}");
    }
}

#[test]
fn two_listeners_on_one_port_are_refused() {
    let error = error(&[("PORT", "3000")]);
    assert!(
        error.contains("main (PORT)") && error.contains("wa_api (SWITCHBOARD_WA_API)") && error.contains("3000"),
        "{error}"
    );
    assert!(config(&[("PORT", "0.0.0.0:3002")]).is_err());
    assert!(config(&[("PORT", "127.0.0.2:3000")]).is_ok());
}

#[test]
fn alone_a_surface_has_port() {
    let only = |env: &[(&str, &str)]| config(env).unwrap().listen.sockets;
    let at = |text: &str| address(text).unwrap();
    assert_eq!(only(&[("SWITCHBOARD_ONLY", "wa_api"), ("PORT", "3100")]), [(Listener::WaApi, at("127.0.0.1:3100"))]);
    assert_eq!(only(&[("SWITCHBOARD_ONLY", "wa_api")]), [(Listener::WaApi, at("127.0.0.1:3000"))]);
    assert_eq!(
        only(&[("SWITCHBOARD_ONLY", "multisession"), ("PORT", "3000")]),
        [(Listener::Main, at("127.0.0.1:3000"))]
    );
    assert_eq!(
        only(&[("SWITCHBOARD_ONLY", "microservice"), ("PORT", "3001"), ("WS_PORT", "3009")]),
        [(Listener::Microservice, at("127.0.0.1:3001")), (Listener::MicroserviceWs, at("127.0.0.1:3009"))]
    );
}

#[test]
fn each_documents_printed_environment_works() {
    let microservice = [
        ("PORT", "3001"),
        ("LOG_LEVEL", "info"),
        ("NODE_ENV", "development"),
        ("WHATSAPP_SERVICE_TOKEN", "your-secret-token-here"),
        ("SESSIONS_PATH", "./sessions"),
        ("WS_PORT", "3002"),
        ("REDIS_URL", "redis://localhost:6379"),
        ("SUPABASE_URL", "your-supabase-url"),
        ("SUPABASE_SERVICE_ROLE_KEY", "k"),
        ("SWITCHBOARD_ONLY", "microservice"),
    ];
    assert!(config(&microservice).is_ok());
    let multisession = [
        ("PORT", "8080"),
        ("JWT_SECRET", "your-secret-key"),
        ("DB_TYPE", "mysql"),
        ("DB_HOST", "localhost"),
        ("DB_PORT", "3306"),
        ("DB_USER", "root"),
        ("DB_PASS", "password"),
        ("DB_NAME", "whatsapp_sessions"),
    ];
    let Database::Server { kind, url } = config(&multisession).unwrap().database else { panic!("not a server") };
    assert_eq!(kind, ServerKind::Mysql);
    assert_eq!(secrecy::ExposeSecret::expose_secret(&url), "mysql://root:password@localhost:3306/whatsapp_sessions");
}

#[test]
fn a_password_with_odd_characters_survives_the_url() {
    let env = [("DB_TYPE", "postgres"), ("DB_USER", "me"), ("DB_PASS", "p@ss/w:rd#?"), ("DB_HOST", "::1")];
    let Database::Server { url, .. } = config(&env).unwrap().database else { panic!("not a server") };
    assert_eq!(
        secrecy::ExposeSecret::expose_secret(&url),
        "postgres://me:p%40ss%2Fw%3Ard%23%3F@[::1]:5432/switchboard"
    );
}

#[test]
fn a_server_without_a_type_is_a_mistake() {
    assert!(error(&[("DB_HOST", "db")]).contains("DB_TYPE"));
    assert!(error(&[("DB_TYPE", "mysql"), ("DB_HOST", "db")]).contains("DB_USER"));
}

#[test]
fn sqlite_urls_lie_in_the_data_directory_unless_absolute() {
    let place = |url| config(&[("DATABASE_URL", url), ("SWITCHBOARD_DATA_DIR", "/srv/data")]).unwrap().database.place();
    assert_eq!(place("sqlite:other.db"), "SQLite file /srv/data/other.db");
    assert_eq!(place("sqlite:///tmp/x.db?mode=rwc"), "SQLite file /tmp/x.db");
}

#[test]
fn pacing_can_be_turned_off() {
    assert_eq!(config(&[]).unwrap().sessions.pacing, switchboard_core::Pacing::default());
    assert_eq!(
        config(&[("SWITCHBOARD_SEND_PER_MINUTE", "off")]).unwrap().sessions.pacing,
        switchboard_core::Pacing::NONE
    );
    assert!(error(&[("SWITCHBOARD_SEND_PER_MINUTE", "0")]).contains("SWITCHBOARD_SEND_PER_MINUTE"));
}

#[test]
fn durations_have_a_unit() {
    let kept = |text| config(&[("SWITCHBOARD_EVENT_RETENTION", text)]).map(|c| c.sessions.event_retention.as_secs());
    assert_eq!((kept("90s").unwrap(), kept("2w").unwrap()), (90, 1_209_600));
    for wrong in ["7", "d", "0d", "-1d", "1y", "1.5h", "ä", "99999999999d"] {
        assert!(kept(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_network_is_checked() {
    let network = |name, text| config(&[(name, text)]).map(|c| c.network);
    assert_eq!(network("SWITCHBOARD_CLIENT_VERSION", "2.3000.17").unwrap().client_version, Some((2, 3000, 17)));
    assert!(network("SWITCHBOARD_NETWORK", "ws://127.0.0.1:7080/ws/chat").unwrap().url.is_some());
    assert_eq!(network("SWITCHBOARD_RATE_LIMIT", "5").unwrap().rate_limit, Some(5));
    for (name, wrong) in [
        ("SWITCHBOARD_CLIENT_VERSION", "2.3000"),
        ("SWITCHBOARD_CLIENT_VERSION", "a.b.c"),
        ("SWITCHBOARD_NETWORK", "http://127.0.0.1"),
        ("SWITCHBOARD_EGRESS_ALLOW", "intranet"),
        ("SWITCHBOARD_RATE_LIMIT", "-1"),
    ] {
        assert!(error(&[(name, wrong)]).contains(name));
    }
}

#[test]
fn https_needs_both_files() {
    let (cert, key) = (("SWITCHBOARD_TLS_CERT", "c.pem"), ("SWITCHBOARD_TLS_KEY", "k.pem"));
    let files = config(&[cert, key]).unwrap().front.tls.unwrap();
    assert_eq!(files, TlsFiles { certificate: "c.pem".into(), key: "k.pem".into() });
    assert!(error(&[cert]).contains("SWITCHBOARD_TLS_KEY is not"));
    assert!(error(&[key]).contains("SWITCHBOARD_TLS_CERT is not"));
}

#[test]
fn origins_are_read_as_browsers_write_them() {
    let origins = |text| config(&[("SWITCHBOARD_CORS_ORIGINS", text)]).map(|config| config.front.cors_origins);
    assert_eq!(
        origins("https://App.example:443/, http://localhost:5173,capacitor://localhost").unwrap(),
        ["https://app.example", "http://localhost:5173", "capacitor://localhost"]
    );
    assert_eq!(origins("*").unwrap(), ["*"]);
    for wrong in ["app.example", "https://app.example/page", "https://me@app.example", "https://*.example", "null"] {
        assert!(error(&[("SWITCHBOARD_CORS_ORIGINS", wrong)]).contains("SWITCHBOARD_CORS_ORIGINS"), "{wrong}");
    }
}

#[test]
fn others_are_told_a_bare_address() {
    let told = |text| config(&[("SWITCHBOARD_ADVERTISE", text)]).map(|config| config.front.advertise.unwrap());
    assert_eq!(told("http://10.0.0.5:8080").unwrap().as_str(), "http://10.0.0.5:8080/");
    for wrong in ["10.0.0.5:8080", "ws://a", "http://a/b", "http://me@a", "http://"] {
        assert!(error(&[("SWITCHBOARD_ADVERTISE", wrong)]).contains("SWITCHBOARD_ADVERTISE"), "{wrong}");
    }
}

#[test]
fn proxies_are_ranges_of_addresses() {
    let proxies = config(&[("SWITCHBOARD_TRUSTED_PROXIES", "10.0.0.0/8, ::1")]).unwrap().front.trusted_proxies;
    assert_eq!(proxies, ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]);
    assert!(error(&[("SWITCHBOARD_TRUSTED_PROXIES", "proxy.example")]).contains("SWITCHBOARD_TRUSTED_PROXIES"));
}

#[test]
fn a_password_of_the_administrator_that_is_too_short_is_refused_and_not_repeated() {
    let error = error(&[("ADMIN_PASSWORD", "hush123")]);
    assert!(error.contains("ADMIN_PASSWORD") && error.contains("at least 8") && !error.contains("hush"), "{error}");
}

#[test]
fn production_logs_json() {
    assert_eq!(config(&[("NODE_ENV", "production")]).unwrap().log.format, LogFormat::Json);
    assert_eq!(config(&[]).unwrap().log.format, LogFormat::Pretty);
    assert_eq!(
        config(&[("NODE_ENV", "production"), ("SWITCHBOARD_LOG_FORMAT", "pretty")]).unwrap().log.format,
        LogFormat::Pretty
    );
}

#[test]
fn the_explanation_masks_every_secret_and_marks_every_origin() {
    let dir = tempfile::tempdir().unwrap();
    let env: Vec<(&str, &str)> = SETTINGS
        .iter()
        .filter(|s| s.secret)
        .map(|s| match s.env {
            "DATABASE_URL" => (s.env, "postgres://me:hush@db/x?password=hush"),
            "REDIS_URL" | "SWITCHBOARD_BUS_URL" => (s.env, "redis://:hush@cache:6379"),
            "SWITCHBOARD_AMQP_URL" => (s.env, "amqp://ana:hush@rabbit:5672"),
            "ADMIN_PASSWORD" => (s.env, "hush hush hush"),
            "SWITCHBOARD_MASTER_KEY" => (s.env, "aHVzaGh1c2hodXNoaHVzaGh1c2hodXNoaHVzaGh1c2g="),
            _ => (s.env, "hush"),
        })
        .collect();
    let values = sources(dir.path(), &env).gather().unwrap();
    let text = explain::explain(&values, &Config::from_values(&values).unwrap());
    assert!(!text.contains("hush") && !text.contains("aHVza"), "{text}");
    assert!(text.contains("DATABASE_URL=postgres://me:********@db/x (env DATABASE_URL)"), "{text}");
    assert!(text.contains("LOG_LEVEL=info (default)"), "{text}");
    assert!(text.contains("SWITCHBOARD_LOG_FILE=./data/logs/app.log (default)"), "{text}");
}

/// `scripts/update-docs` writes them.
#[test]
#[expect(clippy::disallowed_methods, reason = "the environment says whether to write")]
fn files_written_from_the_table_are_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (file, text) in [("env.example", example::env_example()), ("docs/configuration.md", reference::reference())] {
        let path = root.join(file);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert!(std::fs::read_to_string(path).unwrap() == text, "{file} is out of date; run scripts/update-docs");
    }
}
