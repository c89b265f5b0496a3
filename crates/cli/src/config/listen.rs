//! Which listeners open, and where.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::read::{optional, required};
use super::table::{BIND, DASHBOARD_HOSTS, MICROSERVICE, ONLY, PORT, WA_API, WS_PORT};
use super::{ConfigError, Setting, Values};

/// A listener of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listener {
    Main,
    WaApi,
    Microservice,
    MicroserviceWs,
}

/// The surface that `--only` opens alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    WaApi,
    Microservice,
    Multisession,
}

/// The listeners to open. None is open twice, and no two want the same socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    pub sockets: Vec<(Listener, SocketAddr)>,
    pub only: Option<Only>,
    /// Names under which the dashboard may be asked for.
    pub dashboard_hosts: Vec<String>,
}

impl Listener {
    const ALL: [Self; 4] = [Self::Main, Self::WaApi, Self::Microservice, Self::MicroserviceWs];

    /// The one that is shown under this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|listener| listener.to_string() == name)
    }

    pub fn setting(self) -> &'static Setting {
        match self {
            Self::Main => &PORT,
            Self::WaApi => &WA_API,
            Self::Microservice => &MICROSERVICE,
            Self::MicroserviceWs => &WS_PORT,
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Main => "main",
            Self::WaApi => "wa_api",
            Self::Microservice => "microservice",
            Self::MicroserviceWs => "microservice_ws",
        })
    }
}

impl Only {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "wa_api" | "wa-api" => Ok(Self::WaApi),
            "microservice" => Ok(Self::Microservice),
            "multisession" => Ok(Self::Multisession),
            _ => Err(format!("is `{text}`; it can be wa_api, microservice or multisession")),
        }
    }

    /// The listener that PORT means when this surface is opened alone.
    fn listener(self) -> Listener {
        match self {
            Self::WaApi => Listener::WaApi,
            Self::Microservice => Listener::Microservice,
            Self::Multisession => Listener::Main,
        }
    }
}

impl Listen {
    pub(super) fn from_values(values: &Values) -> Result<Self, ConfigError> {
        let bind = required(values, &BIND, |t| {
            t.parse::<IpAddr>().map_err(|_| format!("is `{t}`, which is not an IP address"))
        })?;
        let only = optional(values, &ONLY, Only::parse)?;
        let mut sockets: Vec<(Listener, SocketAddr)> = Vec::new();
        for listener in Listener::ALL.into_iter().filter(|l| is_open(*l, only)) {
            let setting = source(listener, only, values);
            if let Some(socket) = required(values, setting, |t| socket(t, bind))? {
                refuse_clash(&sockets, listener, socket)?;
                sockets.push((listener, socket));
            }
        }
        let dashboard_hosts = optional(values, &DASHBOARD_HOSTS, names)?.unwrap_or_default();
        Ok(Self { sockets, only, dashboard_hosts })
    }

    #[must_use]
    pub fn socket(&self, wanted: Listener) -> Option<SocketAddr> {
        self.sockets.iter().find(|(l, _)| *l == wanted).map(|(_, s)| *s)
    }
}

fn names(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<_> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    match names.iter().find(|name| name.contains(['/', ':', ' '])) {
        Some(wrong) => Err(format!("has `{wrong}`; only bare host names can be listed, without scheme and port")),
        None => Ok(names),
    }
}

fn is_open(listener: Listener, only: Option<Only>) -> bool {
    let Some(only) = only else { return true };
    listener == only.listener() || (only == Only::Microservice && listener == Listener::MicroserviceWs)
}

/// Alone, a surface takes PORT if somebody gave it; the table's default for PORT is the main listener's.
fn source(listener: Listener, only: Option<Only>, values: &Values) -> &'static Setting {
    let takes_port = only.is_some_and(|o| o.listener() == listener) && values.is_given(&PORT);
    if takes_port { &PORT } else { listener.setting() }
}

/// `off`, a port, or an address with a port.
fn socket(text: &str, bind: IpAddr) -> Result<Option<SocketAddr>, String> {
    if text.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    let port = text.parse::<u16>().map(|port| SocketAddr::new(bind, port));
    port.or_else(|_| text.parse::<SocketAddr>())
        .map(Some)
        .map_err(|_| format!("is `{text}`; it can be a port (0 to 65535, 0 for any free one), ADDRESS:PORT, or `off`"))
}

fn refuse_clash(open: &[(Listener, SocketAddr)], listener: Listener, socket: SocketAddr) -> Result<(), ConfigError> {
    let Some((other, _)) = open.iter().find(|(_, s)| clash(*s, socket)) else { return Ok(()) };
    Err(ConfigError::Clash(format!(
        "the listeners {other} ({}) and {listener} ({}) are both on port {}: move one, turn one `off`, or open one surface alone with --only",
        other.setting().env,
        listener.setting().env,
        socket.port(),
    )))
}

fn clash(a: SocketAddr, b: SocketAddr) -> bool {
    let same_address = a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified();
    a.port() != 0 && a.port() == b.port() && same_address
}
