//! HTTPS on every listener, with a certificate that is renewed while the gateway runs.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject as _};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::Place;

const PATIENCE: Duration = Duration::from_secs(60);

fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates").join(name)
}

/// A place whose gateway shows the certificate of this name.
fn place(name: &str) -> Place {
    let place = Place::new().with("SWITCHBOARD_TLS_CERT", "cert.pem").with("SWITCHBOARD_TLS_KEY", "key.pem");
    show(&place, name);
    place
}

fn show(place: &Place, name: &str) {
    std::fs::copy(certificate(&format!("{name}.cert.pem")), place.path("cert.pem")).unwrap();
    std::fs::copy(certificate(&format!("{name}.key.pem")), place.path("key.pem")).unwrap();
}

/// What a client answers that trusts this certificate alone.
fn get(socket: SocketAddr, trusted: &str, host: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate(&format!("{trusted}.cert.pem"))).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let config = builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    let client =
        ClientConnection::new(Arc::new(config.with_no_client_auth()), "localhost".try_into().unwrap()).unwrap();
    let tcp = TcpStream::connect(socket)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(client, tcp);
    write!(stream, "GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn every_listener_speaks_https_and_nothing_else() {
    let gateway = place("first").serve();
    assert!(gateway.said.contains("https://") && gateway.said.contains("wss://") && !gateway.said.contains("http://"));
    for listener in ["main", "wa_api", "microservice", "microservice_ws"] {
        let socket = gateway.socket(listener);
        let text = get(socket, "first", "gateway.example").unwrap();
        assert!(text.starts_with("HTTP/1.1 "), "{listener}: {text}");
        assert!(text.contains("strict-transport-security: max-age="), "{listener}: {text}");
        assert!(text.contains("x-content-type-options: nosniff"), "{listener}: {text}");
        assert!(get(socket, "second", "localhost").is_err(), "{listener}: a client takes any certificate");
        let mut plain = TcpStream::connect(socket).unwrap();
        plain.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        // Whether it ends in an alert or in a reset, it is no HTTP.
        let _ = plain.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP"), "{listener}");
    }
    let local = get(gateway.socket("main"), "first", "localhost").unwrap();
    assert!(local.contains("\"ready\":true") && !local.contains("strict-transport-security"), "{local}");
    gateway.stop();
}

#[test]
fn a_renewed_certificate_is_shown_after_a_hangup() {
    let place = place("first");
    let gateway = place.serve();
    show(&place, "second");
    assert!(get(gateway.socket("main"), "first", "localhost").is_ok());
    gateway.signal("-HUP");
    let renewed = std::thread::spawn({
        let socket = gateway.socket("main");
        move || while get(socket, "second", "localhost").is_err() {}
    });
    renewed.join().unwrap();
    let (_, log) = gateway.stop();
    assert!(log.contains("the certificate was read anew"), "{log}");
}

#[test]
fn a_certificate_that_cannot_be_used_is_named() {
    let place = place("first");
    std::fs::copy(certificate("second.key.pem"), place.path("key.pem")).unwrap();
    let text = place.refusal(&["serve"]);
    assert!(text.contains("key.pem: it is not the key of that certificate"), "{text}");
    let output = place.run(&["doctor"]);
    assert!(crate::support::refusal(&output).contains("see HTTPS"), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn health_is_asked_on_whatever_listener_is_open() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let alone = |place: Place| place.with("SWITCHBOARD_ONLY", "microservice").with("PORT", &port);
    for place in [alone(Place::new()), alone(place("first"))] {
        assert!(place.refusal(&["health"]).contains("no gateway answers on the microservice listener"));
        let gateway = place.serve();
        let asked = place.run(&["health"]);
        assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
        gateway.stop();
    }
}
