//! Redis Streams: one entry for each event.

use async_trait::async_trait;
use redis::{Client, Cmd, aio::MultiplexedConnection, pipe};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Record, Sink, SinkError};

/// Appends to one stream. An entry has the fields `id`, `position`, `session`, `type` and `event`, the JSON of it all.
pub struct Redis {
    url: SecretString,
    stream: String,
    /// About how many entries the stream keeps.
    keeps: Option<u32>,
    connection: Option<MultiplexedConnection>,
}

impl Redis {
    #[must_use]
    pub fn new(url: SecretString, stream: String, keeps: Option<u32>) -> Self {
        Self { url, stream, keeps, connection: None }
    }

    async fn connected(&mut self) -> Result<&mut MultiplexedConnection, SinkError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            // What the parser says may repeat the URL, and with it the password.
            None => match Client::open(self.url.expose_secret()) {
                Ok(client) => client.get_multiplexed_async_connection().await.map_err(|e| told(&e))?,
                Err(_) => return Err(SinkError::unusable("REDIS_URL is not a URL of the form redis://HOST:PORT")),
            },
        };
        Ok(self.connection.insert(connection))
    }

    fn entry(&self, record: &Record) -> Cmd {
        let mut add = redis::cmd("XADD");
        add.arg(&self.stream);
        if let Some(keeps) = self.keeps {
            add.arg("MAXLEN").arg("~").arg(keeps);
        }
        let event = &record.event;
        add.arg("*").arg("id").arg(&event.id.0).arg("position").arg(event.position);
        add.arg("session").arg(event.session.as_str()).arg("type").arg(event.body.kind());
        add.arg("event").arg(record.body.as_ref());
        add
    }
}

#[async_trait]
impl Sink for Redis {
    async fn publish(&mut self, batch: &[Record]) -> Result<(), SinkError> {
        let mut pipeline = pipe();
        for record in batch {
            pipeline.add_command(self.entry(record)).ignore();
        }
        let sent = pipeline.query_async::<()>(self.connected().await?).await;
        sent.map_err(|error| self.lost(&error))
    }

    async fn check(&mut self) -> Result<(), SinkError> {
        let pong = redis::cmd("PING").query_async::<()>(self.connected().await?).await;
        pong.map_err(|error| self.lost(&error))
    }
}

impl Redis {
    /// The next attempt connects anew.
    fn lost(&mut self, error: &redis::RedisError) -> SinkError {
        self.connection = None;
        told(error)
    }
}

fn told(error: &redis::RedisError) -> SinkError {
    SinkError::refused(format!("the server of REDIS_URL does not take events: {error}"))
}
