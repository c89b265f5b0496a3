//! AMQP on a real RabbitMQ.

use std::{process::Command, sync::Mutex};

use amqprs::{
    callbacks::DefaultChannelCallback,
    channel::{BasicGetArguments, Channel},
    connection::{Connection, OpenConnectionArguments},
};
use switchboard_delivery::sinks::Amqp;

use super::{Server, nothing_is_lost};

const QUEUE: &str = "test.events";

fn server() -> Server {
    let recipe = |folder: &std::path::Path, port: u16| {
        let at = |name: &str| folder.join(name);
        let mut command = Command::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
        command
            .env("HOME", folder)
            .env("RABBITMQ_NODENAME", format!("switchboard-test-{port}@localhost"))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", port.to_string())
            // Of the other half of the range, where no test asks for a port.
            .env("RABBITMQ_DIST_PORT", (port / 2).to_string())
            .env("RABBITMQ_MNESIA_BASE", at("db"))
            .env("RABBITMQ_LOG_BASE", at("log"))
            .env("RABBITMQ_PID_FILE", at("pid"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"))
            .env("RABBITMQ_CONFIG_FILE", at("none"));
        command
    };
    Server::run(recipe, 1)
}

async fn open(port: u16) -> Option<(Connection, Channel)> {
    let connection = Connection::open(&OpenConnectionArguments::new("127.0.0.1", port, "guest", "guest")).await.ok()?;
    let channel = connection.open_channel(None).await.ok()?;
    channel.register_callback(DefaultChannelCallback).await.ok()?;
    Some((connection, channel))
}

/// Takes what is in the queue, as a consumer does, and adds its message ids.
async fn take(port: u16, taken: &Mutex<Vec<String>>) {
    let Some((connection, channel)) = open(port).await else { return };
    let get = BasicGetArguments { queue: QUEUE.to_owned(), no_ack: true };
    while let Ok(Some((_, properties, _))) = channel.basic_get(get.clone()).await {
        taken.lock().unwrap().push(properties.message_id().unwrap().clone());
    }
    let _ = channel.close().await;
    let _ = connection.close().await;
}

#[tokio::test]
async fn rabbitmq_gets_every_event() {
    let mut server = server();
    let (port, taken) = (server.port, Mutex::new(Vec::new()));
    let sink =
        || Amqp::new(format!("amqp://127.0.0.1:{port}").into(), "test.exchange".to_owned(), Some(QUEUE.to_owned()));
    let arrived = || async {
        take(port, &taken).await;
        taken.lock().unwrap().clone()
    };
    nothing_is_lost(&mut server, sink, arrived).await;
}
