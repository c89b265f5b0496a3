//! JetStream on a real NATS server.

use std::process::Command;

use async_nats::{header::NATS_MESSAGE_ID, jetstream};
use switchboard_delivery::sinks::Nats;

use super::{Server, nothing_is_lost};

const STREAM: &str = "TEST";

fn server() -> Server {
    let recipe = |folder: &std::path::Path, port: u16| {
        let program = if std::path::Path::new("/usr/sbin/nats-server").exists() {
            "/usr/sbin/nats-server"
        } else {
            "nats-server"
        };
        let mut command = Command::new(program);
        command.args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"]).arg(folder);
        command
    };
    Server::run(recipe, 5)
}

/// Each with its subject.
async fn messages(url: &str) -> Vec<(String, String)> {
    let Ok(client) = async_nats::connect(url).await else { return Vec::new() };
    let Ok(mut stream) = jetstream::new(client).get_stream(STREAM).await else { return Vec::new() };
    let Ok(newest) = stream.info().await.map(|info| info.state.last_sequence) else { return Vec::new() };
    let mut messages = Vec::new();
    for sequence in 1..=newest {
        let Ok(message) = stream.get_raw_message(sequence).await else { break };
        messages.push((message.subject.to_string(), message.headers.get(NATS_MESSAGE_ID).unwrap().to_string()));
    }
    messages
}

#[tokio::test]
async fn jetstream_gets_every_event() {
    let mut server = server();
    let url = format!("nats://127.0.0.1:{}", server.port);
    let sink = || Nats::new(url.clone().into(), STREAM.to_owned());
    nothing_is_lost(&mut server, sink, || async { messages(&url).await.into_iter().map(|(_, id)| id).collect() }).await;
    let subjects: Vec<_> = messages(&url).await.into_iter().map(|(subject, _)| subject).collect();
    assert_eq!(subjects[..2], ["switchboard.session.created.sales", "switchboard.session.qr.sales"]);
}
