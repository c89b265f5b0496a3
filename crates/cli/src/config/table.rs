//! The one table of settings. Parsing, the flags of the command line, `env.example` and `config check`
//! all read it, so a setting is described in one place only.

/// One setting: where it may be given, what it is when it is not, and what it means.
#[derive(Debug)]
pub struct Setting {
    /// Its dotted name in `switchboard.toml`.
    pub key: &'static str,
    /// Its environment variable, which is also the name people are told.
    pub env: &'static str,
    /// Its long flag, without dashes. Secrets have none: a command line is visible to every user of a machine.
    pub flag: Option<&'static str>,
    /// What the value looks like, for help texts.
    pub shape: &'static str,
    pub default: Option<&'static str>,
    pub secret: bool,
    pub doc: &'static str,
}

impl Setting {
    /// The part of the key before the dot: the heading under which it is listed.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.key.split_once('.').map_or("general", |(group, _)| group)
    }
}

macro_rules! settings {
    ($( $name:ident: $key:literal, $env:literal, $flag:expr, $shape:literal, $default:expr, $secret:literal, $doc:literal; )*) => {
        $(
            #[doc = $doc]
            pub static $name: Setting = Setting {
                key: $key, env: $env, flag: $flag, shape: $shape, default: $default, secret: $secret, doc: $doc,
            };
        )*
        /// Every setting, in the order in which they are shown.
        pub static SETTINGS: &[&Setting] = &[$(&$name),*];
    };
}

settings! {
    CONFIG: "config", "SWITCHBOARD_CONFIG", Some("config"), "FILE", None, false,
        "Configuration file (TOML). Without it `switchboard.toml` in the working directory is read, if there is one.";

    BIND: "listen.bind", "SWITCHBOARD_BIND", Some("bind"), "ADDRESS", Some("127.0.0.1"), false,
        "Address on which every listener listens that names none of its own.";
    PORT: "listen.main", "PORT", Some("port"), "PORT|ADDRESS:PORT|off", Some("8080"), false,
        "Main listener: the dashboard, /v1, /docs, the multisession API, /health, /metrics. With SWITCHBOARD_ONLY, the listener of that surface.";
    WA_API: "listen.wa_api", "SWITCHBOARD_WA_API", Some("wa-api"), "PORT|ADDRESS:PORT|off", Some("3000"), false,
        "Listener of the wa_api API, with the dashboard.";
    MICROSERVICE: "listen.microservice", "SWITCHBOARD_MICROSERVICE", Some("microservice"), "PORT|ADDRESS:PORT|off", Some("3001"), false,
        "Listener of the microservice API.";
    WS_PORT: "listen.microservice_ws", "WS_PORT", Some("ws-port"), "PORT|ADDRESS:PORT|off", Some("3002"), false,
        "WebSocket listener of the microservice API.";
    ONLY: "listen.only", "SWITCHBOARD_ONLY", Some("only"), "wa_api|microservice|multisession", None, false,
        "Open this surface alone; PORT is then its port.";

    DASHBOARD_HOSTS: "listen.dashboard_hosts", "SWITCHBOARD_DASHBOARD_HOSTS", Some("dashboard-hosts"), "NAME,...", None, false,
        "Names under which browsers may open the dashboard, beside `localhost` and addresses.";
    TLS_CERT: "listen.tls_cert", "SWITCHBOARD_TLS_CERT", Some("tls-cert"), "FILE", None, false,
        "Certificate with its chain (PEM). With it every listener speaks HTTPS and WSS only; SIGHUP reads it and its key anew.";
    TLS_KEY: "listen.tls_key", "SWITCHBOARD_TLS_KEY", Some("tls-key"), "FILE", None, false,
        "Private key of that certificate (PEM).";
    TRUSTED_PROXIES: "listen.trusted_proxies", "SWITCHBOARD_TRUSTED_PROXIES", Some("trusted-proxies"), "CIDR,...", None, false,
        "Reverse proxies whose word counts for where a request came from (X-Forwarded-For or Forwarded) and whether over HTTPS.";
    ADVERTISE: "listen.advertise", "SWITCHBOARD_ADVERTISE", Some("advertise"), "URL", None, false,
        "Where the other gateways on the same database reach a listener of this one, such as http://10.0.0.5:8080. They send it the requests for the sessions that it runs.";
    CORS_ORIGINS: "listen.cors_origins", "SWITCHBOARD_CORS_ORIGINS", Some("cors-origins"), "ORIGIN,...|*", None, false,
        "Sites whose pages may call the APIs and open WebSockets from a browser, such as https://app.example. None without it.";

    DATA_DIR: "data.dir", "SWITCHBOARD_DATA_DIR", Some("data-dir"), "DIR", Some("./data"), false,
        "Data directory: database file, master key, logs. One process at a time may use it.";
    SESSIONS_PATH: "data.sessions", "SESSIONS_PATH", None, "DIR", None, false,
        "Directory of the sealed session files. Without it `sessions` in the data directory.";
    MASTER_KEY_FILE: "data.master_key_file", "SWITCHBOARD_MASTER_KEY_FILE", Some("master-key-file"), "FILE", None, false,
        "File with the master key that seals everything at rest. Without it `master.key` in the data directory, made on first start.";
    MASTER_KEY: "data.master_key", "SWITCHBOARD_MASTER_KEY", None, "HEX|BASE64", None, true,
        "The master key itself: 32 bytes in hexadecimal or base64. Wins over the file.";

    DATABASE_URL: "database.url", "DATABASE_URL", Some("database-url"), "URL", None, true,
        "Database as one URL (sqlite:, postgres:, mysql:). Wins over the DB_ variables.";
    DB_TYPE: "database.type", "DB_TYPE", Some("db-type"), "sqlite|postgres|mysql", Some("sqlite"), false,
        "Kind of database. `postgresql` and `mariadb` are understood too.";
    DB_HOST: "database.host", "DB_HOST", Some("db-host"), "HOST", None, false,
        "Database server (postgres, mysql). Without it 127.0.0.1.";
    DB_PORT: "database.port", "DB_PORT", Some("db-port"), "PORT", None, false,
        "Port of the database server. Without it the usual one of its kind.";
    DB_USER: "database.user", "DB_USER", Some("db-user"), "NAME", None, false,
        "User at the database server.";
    DB_PASS: "database.pass", "DB_PASS", None, "TEXT", None, true,
        "Password at the database server.";
    DB_NAME: "database.name", "DB_NAME", Some("db-name"), "NAME", None, false,
        "Name of the database (without it `switchboard`), or the SQLite file in the data directory (without it `whatsapp.db`).";

    ADMIN_PASSWORD: "auth.admin_password", "ADMIN_PASSWORD", None, "TEXT", None, true,
        "Password of the user `admin`, used when that user is first made. Without it a random one is printed once.";
    JWT_SECRET: "auth.jwt_secret", "JWT_SECRET", None, "TEXT", None, true,
        "Secret that signs login tokens. Without it one is generated and kept sealed.";
    SERVICE_TOKEN: "auth.service_token", "WHATSAPP_SERVICE_TOKEN", None, "TEXT", None, true,
        "Bearer token of the microservice API. Without it one is generated and printed once.";
    API_KEY: "auth.api_key", "API_KEY", None, "TEXT", None, true,
        "A fixed key that acts as admin (header x-api-key). Without it there is none.";

    NETWORK: "network.url", "SWITCHBOARD_NETWORK", Some("network"), "URL", None, false,
        "WebSocket URL of another network than WhatsApp's own, such as a sandbox.";
    CLIENT_VERSION: "network.client_version", "SWITCHBOARD_CLIENT_VERSION", None, "N.N.N", None, false,
        "The client version to claim towards the network. Without it one that was accepted when this release was made.";
    DEVICE_NAME: "network.device_name", "SWITCHBOARD_DEVICE_NAME", Some("device-name"), "TEXT", Some("Switchboard"), false,
        "The name on the phone's list of linked devices.";
    RATE_LIMIT: "network.rate_limit", "SWITCHBOARD_RATE_LIMIT", None, "NUMBER|off", Some("off"), false,
        "How many requests a second each caller may make over time; ten seconds' worth may come at once.";
    EGRESS_ALLOW: "network.egress_allow", "SWITCHBOARD_EGRESS_ALLOW", Some("egress-allow"), "CIDR,...", None, false,
        "Private address ranges that webhooks may reach all the same. Metadata addresses never are.";
    BUS_URL: "network.bus_url", "SWITCHBOARD_BUS_URL", None, "URL|off", None, true,
        "Redis server over which gateways on the same database tell each other what is new at once, and count rate limits together. Without it the one of REDIS_URL; `off` for none. While it is away each looks for itself.";

    REDIS_URL: "sinks.redis_url", "REDIS_URL", None, "URL", None, true,
        "Redis server (redis: or rediss:) that gets every event in a stream. Events are kept here until it has them; out of reach it degrades /health and stops nothing.";
    REDIS_STREAM: "sinks.redis_stream", "SWITCHBOARD_REDIS_STREAM", None, "NAME", Some("switchboard:events"), false,
        "Name of that stream.";
    REDIS_STREAM_LENGTH: "sinks.redis_stream_length", "SWITCHBOARD_REDIS_STREAM_LENGTH", None, "NUMBER|off", Some("1000000"), false,
        "About how many entries the stream keeps; `off` keeps all.";
    SUPABASE_URL: "sinks.supabase_url", "SUPABASE_URL", None, "URL", None, false,
        "Supabase project that gets every event, and a row for each session that follows its events, in the tables of docs/supabase.sql.";
    SUPABASE_KEY: "sinks.supabase_service_role_key", "SUPABASE_SERVICE_ROLE_KEY", None, "TEXT", None, true,
        "Service role key of that project.";
    NATS_URL: "sinks.nats_url", "SWITCHBOARD_NATS_URL", None, "URL", None, true,
        "NATS server (nats: or tls:) with JetStream that gets every event, on subject switchboard.KIND.SESSION.";
    NATS_STREAM: "sinks.nats_stream", "SWITCHBOARD_NATS_STREAM", None, "NAME", Some("SWITCHBOARD"), false,
        "Name of the stream, which is made if there is none.";
    AMQP_URL: "sinks.amqp_url", "SWITCHBOARD_AMQP_URL", None, "URL", None, true,
        "RabbitMQ server (amqp: or amqps:) that gets every event, with routing key KIND.SESSION.";
    AMQP_EXCHANGE: "sinks.amqp_exchange", "SWITCHBOARD_AMQP_EXCHANGE", None, "NAME", Some("switchboard.events"), false,
        "Name of the topic exchange, which is made if there is none.";
    AMQP_QUEUE: "sinks.amqp_queue", "SWITCHBOARD_AMQP_QUEUE", None, "NAME|off", Some("switchboard.events"), false,
        "Durable queue bound to the exchange for everything, so that nothing is lost before another is bound; `off` makes none.";
    SINK_RETENTION: "sinks.retention", "SWITCHBOARD_SINK_RETENTION", None, "NUMBER(s|m|h|d|w)", Some("30d"), false,
        "How long at most events are kept for one of these servers that is out of reach.";

    SEND_PER_MINUTE: "sessions.send_per_minute", "SWITCHBOARD_SEND_PER_MINUTE", Some("send-per-minute"), "NUMBER|off", Some("60"), false,
        "How many messages each session sends a minute over time; more wait their turn. `off` sends at once, without the pause either.";
    SEND_BURST: "sessions.send_burst", "SWITCHBOARD_SEND_BURST", None, "NUMBER", Some("10"), false,
        "How many messages a session may send at once after a quiet while.";
    SEND_PAUSE: "sessions.send_pause_ms", "SWITCHBOARD_SEND_PAUSE_MS", None, "MILLISECONDS", Some("1500"), false,
        "The longest pause before each message; its length is random, as a person's would be.";
    CONNECTING: "sessions.connecting_at_once", "SWITCHBOARD_CONNECTING_AT_ONCE", None, "NUMBER", Some("32"), false,
        "How many sessions may be connecting at once, at a start above all.";
    NUMBER_CHECKS: "sessions.number_checks_per_day", "SWITCHBOARD_NUMBER_CHECKS_PER_DAY", None, "NUMBER|off", Some("1000"), false,
        "How many numbers a session asks the network about within a day. What was answered within a day is not asked again.";
    FIRST_HOLD: "sessions.first_hold", "SWITCHBOARD_FIRST_HOLD", None, "NUMBER(s|m|h|d|w)", Some("2m"), false,
        "How long a session keeps quiet after the network's first complaint (error 429 or 463); each further one within a day doubles it.";
    EVENT_RETENTION: "sessions.event_retention", "SWITCHBOARD_EVENT_RETENTION", None, "NUMBER(s|m|h|d|w)", Some("7d"), false,
        "How long events are kept for those who ask for them again.";
    KEEP_UNLINKED: "sessions.keep_unlinked", "SWITCHBOARD_KEEP_UNLINKED", None, "NUMBER(s|m|h|d|w)|off", Some("24h"), false,
        "How long a session that the microservice API made is kept without ever being linked; `off` keeps it.";

    SERVER_URL: "client.url", "SWITCHBOARD_URL", None, "URL", None, false,
        "For the command line: the gateway to talk to. Without it the main listener of these settings.";
    TOKEN: "client.token", "SWITCHBOARD_TOKEN", None, "TEXT", None, true,
        "For the command line: the API key or login token to present. Without it API_KEY.";

    LOG_LEVEL: "log.level", "LOG_LEVEL", Some("log-level"), "error|warn|info|debug|trace", Some("info"), false,
        "How much is logged.";
    LOG_FORMAT: "log.format", "SWITCHBOARD_LOG_FORMAT", Some("log-format"), "auto|pretty|json", Some("auto"), false,
        "Form of the log lines; `auto` is json when NODE_ENV is `production`, else pretty.";
    NODE_ENV: "log.node_env", "NODE_ENV", None, "TEXT", Some("development"), false,
        "`production` makes the log JSON.";
    LOG_FILE: "log.file", "SWITCHBOARD_LOG_FILE", Some("log-file"), "FILE|off", None, false,
        "Log file beside standard error. Without it `logs/app.log` in the data directory.";
    LOG_FILE_SIZE: "log.file_size", "SWITCHBOARD_LOG_FILE_SIZE", None, "MIB", Some("10"), false,
        "Size in MiB at which the log file is rotated.";
    LOG_FILE_COUNT: "log.file_count", "SWITCHBOARD_LOG_FILE_COUNT", None, "NUMBER", Some("5"), false,
        "How many rotated log files are kept.";
}

/// The setting an environment variable belongs to.
#[must_use]
pub fn by_env(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().copied().find(|s| s.env == name)
}

/// The setting a dotted name of the file belongs to.
#[must_use]
pub fn by_key(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().copied().find(|s| s.key == key)
}

/// The candidate that looks most like a misspelt name.
#[must_use]
pub fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    known.max_by(|a, b| strsim::jaro_winkler(wrong, a).total_cmp(&strsim::jaro_winkler(wrong, b))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique() {
        let keys: BTreeSet<_> = SETTINGS.iter().map(|s| s.key).collect();
        let envs: BTreeSet<_> = SETTINGS.iter().map(|s| s.env).collect();
        let flags: Vec<_> = SETTINGS.iter().filter_map(|s| s.flag).collect();
        assert_eq!(keys.len(), SETTINGS.len());
        assert_eq!(envs.len(), SETTINGS.len());
        assert_eq!(flags.iter().collect::<BTreeSet<_>>().len(), flags.len());
    }

    #[test]
    fn only_documented_variables_lack_the_prefix() {
        const DOCUMENTED: [&str; 20] = [
            "PORT",
            "JWT_SECRET",
            "DB_TYPE",
            "DB_HOST",
            "DB_PORT",
            "DB_USER",
            "DB_PASS",
            "DB_NAME",
            "DATABASE_URL",
            "WHATSAPP_SERVICE_TOKEN",
            "WS_PORT",
            "SESSIONS_PATH",
            "REDIS_URL",
            "SUPABASE_URL",
            "SUPABASE_SERVICE_ROLE_KEY",
            "LOG_LEVEL",
            "NODE_ENV",
            "API_KEY",
            "ADMIN_PASSWORD",
            "",
        ];
        for setting in SETTINGS {
            assert!(setting.env.starts_with("SWITCHBOARD_") || DOCUMENTED.contains(&setting.env), "{}", setting.env);
        }
        for name in DOCUMENTED.iter().filter(|n| !n.is_empty()) {
            assert!(by_env(name).is_some(), "{name}");
        }
    }

    #[test]
    fn secrets_have_neither_flag_nor_default() {
        for setting in SETTINGS.iter().filter(|s| s.secret && s.env != "DATABASE_URL") {
            assert!(setting.flag.is_none() && setting.default.is_none(), "{}", setting.env);
        }
    }
}
