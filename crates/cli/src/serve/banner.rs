//! What a person sees at start: what listens where, where the data is, what to do next.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;

use crate::config::{Config, Listener};

/// Prints to standard output; the log goes to standard error.
pub(super) fn print(config: &Config, sockets: &[(Listener, SocketAddr)]) {
    // A closed standard output stops nothing.
    let _ = std::io::stdout().write_all(text(config, sockets).as_bytes());
}

fn text(config: &Config, sockets: &[(Listener, SocketAddr)]) -> String {
    let mut text = format!("Switchboard {}\n", env!("CARGO_PKG_VERSION"));
    for (listener, socket) in sockets {
        let _ = writeln!(
            text,
            "  {:<16} {}://{socket}  {}",
            listener.to_string(),
            scheme(config, *listener),
            serves(*listener)
        );
    }
    let _ = writeln!(text, "  {:<16} {}", "data", config.data_dir.display());
    let _ = writeln!(text, "  {:<16} {}", "database", config.database.place());
    if let Some(next) = next(config, sockets) {
        let _ = writeln!(text, "{next}");
    }
    text
}

fn scheme(config: &Config, listener: Listener) -> &'static str {
    match (listener, &config.front.tls) {
        (Listener::MicroserviceWs, None) => "ws",
        (Listener::MicroserviceWs, Some(_)) => "wss",
        (_, None) => "http",
        (_, Some(_)) => "https",
    }
}

fn serves(listener: Listener) -> &'static str {
    match listener {
        Listener::Main => "the dashboard, /v1, /docs, the multisession API, /health, /metrics",
        Listener::WaApi => "the wa_api API, and the dashboard",
        Listener::Microservice => "the microservice API",
        Listener::MicroserviceWs => "its events",
    }
}

fn next(config: &Config, sockets: &[(Listener, SocketAddr)]) -> Option<String> {
    let (listener, socket) = sockets.first()?;
    let base = format!("{}://{socket}", scheme(config, *listener));
    Some(match listener {
        Listener::Main => format!("Next: open {base}/ and sign in as admin; for programs {base}/docs tells how."),
        Listener::WaApi => format!("Next: open {base}/, or make a session with POST {base}/api/sessions."),
        Listener::Microservice => format!("Next: connect a session with POST {base}/connect and the service token."),
        Listener::MicroserviceWs => format!("Next: subscribe to a session at {base}/."),
    })
}
