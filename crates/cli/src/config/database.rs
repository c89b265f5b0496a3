//! Which database holds everything.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::read::{optional, port, required, text};
use super::table::{DATABASE_URL, DB_HOST, DB_NAME, DB_PASS, DB_PORT, DB_TYPE, DB_USER};
use super::{ConfigError, Values};

/// Where the database is.
#[derive(Clone, Debug)]
pub enum Database {
    Sqlite(PathBuf),
    /// The URL carries the password.
    Server {
        kind: ServerKind,
        url: SecretString,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerKind {
    Postgres,
    Mysql,
}

enum Kind {
    Sqlite,
    Server(ServerKind),
}

impl ServerKind {
    fn scheme(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    fn usual_port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::Mysql => 3306,
        }
    }
}

impl Database {
    pub(super) fn from_values(values: &Values, data_dir: &Path) -> Result<Self, ConfigError> {
        if let Some(given) = optional(values, &DATABASE_URL, |t| from_url(t, data_dir))? {
            return Ok(given);
        }
        match required(values, &DB_TYPE, kind)? {
            Kind::Sqlite => sqlite(values, data_dir),
            Kind::Server(kind) => server(values, kind),
        }
    }

    /// Where the data is, for people: never the password.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("SQLite file {}", path.display()),
            Self::Server { url, .. } => masked(url.expose_secret()),
        }
    }
}

/// The URL with its password starred out.
#[must_use]
pub(super) fn masked(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return "********".to_owned() };
    if url.password().is_some() {
        // Fails only for URLs that cannot carry a password.
        let _ = url.set_password(Some("********"));
    }
    // Parameters can carry passwords and key files; a person does not need them here.
    url.set_query(None);
    url.to_string()
}

fn kind(text: &str) -> Result<Kind, String> {
    match text.to_ascii_lowercase().as_str() {
        "sqlite" | "sqlite3" => Ok(Kind::Sqlite),
        "postgres" | "postgresql" => Ok(Kind::Server(ServerKind::Postgres)),
        "mysql" | "mariadb" => Ok(Kind::Server(ServerKind::Mysql)),
        _ => Err(format!("is `{text}`; it can be sqlite, postgres or mysql")),
    }
}

/// Never quotes the text: it carries the password.
fn from_url(text: &str, data_dir: &Path) -> Result<Database, String> {
    let fault = || "is not a URL of the form sqlite:FILE, postgres://USER:PASSWORD@HOST/NAME or mysql://...".to_owned();
    let (scheme, rest) = text.split_once(':').ok_or_else(fault)?;
    let Kind::Server(server) = kind(scheme).map_err(|_| fault())? else {
        let path = rest.strip_prefix("//").unwrap_or(rest).split('?').next().unwrap_or_default();
        return if path.is_empty() { Err(fault()) } else { Ok(Database::Sqlite(data_dir.join(path))) };
    };
    let url = Url::parse(&format!("{}:{rest}", server.scheme())).map_err(|_| fault())?;
    let complete = url.has_host() && url.path().len() > 1;
    complete.then(|| Database::Server { kind: server, url: url.to_string().into() }).ok_or_else(fault)
}

/// A server that was named while the type says SQLite would be silently ignored: that is a mistake to tell.
fn sqlite(values: &Values, data_dir: &Path) -> Result<Database, ConfigError> {
    if !values.is_given(&DB_TYPE) && values.is_given(&DB_HOST) {
        return Err(ConfigError::Clash(
            "DB_HOST is given but DB_TYPE is not: set DB_TYPE to postgres or mysql".to_owned(),
        ));
    }
    let name = text(values, &DB_NAME).unwrap_or_else(|| "whatsapp.db".to_owned());
    Ok(Database::Sqlite(data_dir.join(name)))
}

fn server(values: &Values, kind: ServerKind) -> Result<Database, ConfigError> {
    let host = text(values, &DB_HOST).unwrap_or_else(|| "127.0.0.1".to_owned());
    let port = optional(values, &DB_PORT, port)?.unwrap_or_else(|| kind.usual_port());
    let user = required(values, &DB_USER, |t| Ok(t.to_owned()))?;
    let base = format!("{}://{}:{port}", kind.scheme(), bracketed(&host));
    let fault = |()| ConfigError::Clash(format!("DB_HOST is `{host}`, which is not the name or address of a server"));
    let mut url = Url::parse(&base).map_err(|_| fault(()))?;
    url.set_username(&user).map_err(fault)?;
    url.set_password(text(values, &DB_PASS).as_deref()).map_err(fault)?;
    url.set_path(&text(values, &DB_NAME).unwrap_or_else(|| "switchboard".to_owned()));
    Ok(Database::Server { kind, url: url.to_string().into() })
}

/// An IPv6 address needs brackets before a port.
fn bracketed(host: &str) -> String {
    if host.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() }
}
