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
        let _ =
            writeln!(text, "  {:<16} {}://{socket}  {}", listener.to_string(), scheme(*listener), serves(*listener));
    }
    let _ = writeln!(text, "  {:<16} {}", "data", config.data_dir.display());
    let _ = writeln!(text, "  {:<16} {}", "database", config.database.place());
    if let Some(next) = next(sockets) {
        let _ = writeln!(text, "{next}");
    }
    text
}

fn scheme(listener: Listener) -> &'static str {
    if listener == Listener::MicroserviceWs { "ws" } else { "http" }
}

fn serves(listener: Listener) -> &'static str {
    match listener {
        Listener::Main => "the dashboard, /v1, /docs, the multisession API, /health, /metrics",
        Listener::WaApi => "the wa_api API, and the dashboard",
        Listener::Microservice => "the microservice API",
        Listener::MicroserviceWs => "its events",
    }
}

fn next(sockets: &[(Listener, SocketAddr)]) -> Option<String> {
    let (listener, socket) = sockets.first()?;
    Some(match listener {
        Listener::Main => {
            format!("Next: open http://{socket}/ and sign in as admin; for programs http://{socket}/docs tells how.")
        }
        Listener::WaApi => {
            format!("Next: open http://{socket}/, or make a session with POST http://{socket}/api/sessions.")
        }
        Listener::Microservice => {
            format!("Next: connect a session with POST http://{socket}/connect and the service token.")
        }
        Listener::MicroserviceWs => format!("Next: subscribe to a session at ws://{socket}/."),
    })
}
