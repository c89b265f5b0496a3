//! AMQP 0-9-1 (RabbitMQ): one persistent message for each event, confirmed by the server.

use amqprs::{
    Ack, BasicProperties, Cancel, CloseChannel, DELIVERY_MODE_PERSISTENT, Nack, Return,
    callbacks::ChannelCallback,
    channel::{
        BasicPublishArguments, Channel, ConfirmSelectArguments, ExchangeDeclareArguments, ExchangeType,
        QueueBindArguments, QueueDeclareArguments,
    },
    connection::{Connection, OpenConnectionArguments},
    tls::TlsAdaptor,
};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;
use url::Url;

use super::{Record, Sink, SinkError};

/// Publishes to a durable topic exchange, with the kind and the session as routing key and the event's id as message
/// id. A durable queue is bound to it for everything, so that nothing is lost before anybody binds one.
pub struct Amqp {
    url: SecretString,
    exchange: String,
    queue: Option<String>,
    link: Option<Link>,
}

/// A channel in confirm mode, and what the server says on it.
struct Link {
    connection: Connection,
    channel: Channel,
    heard: mpsc::UnboundedReceiver<Heard>,
    /// The tag of the message published last.
    newest: u64,
}

enum Heard {
    /// The server has this message, and all before it if `multiple`.
    Taken {
        tag: u64,
        multiple: bool,
    },
    Refused,
    Closed(String),
}

impl Amqp {
    #[must_use]
    pub fn new(url: SecretString, exchange: String, queue: Option<String>) -> Self {
        Self { url, exchange, queue, link: None }
    }

    async fn linked(&mut self) -> Result<&mut Link, SinkError> {
        let link = match self.link.take().filter(|link| link.channel.is_open() && link.connection.is_open()) {
            Some(link) => link,
            None => self.open().await?,
        };
        Ok(self.link.insert(link))
    }

    async fn open(&self) -> Result<Link, SinkError> {
        let connection = Connection::open(&arguments(&self.url)?).await.map_err(told)?;
        let channel = connection.open_channel(None).await.map_err(told)?;
        let (say, heard) = mpsc::unbounded_channel();
        channel.register_callback(Ear(say)).await.map_err(told)?;
        self.declare(&channel).await.map_err(told)?;
        channel.confirm_select(ConfirmSelectArguments::new(false)).await.map_err(told)?;
        Ok(Link { connection, channel, heard, newest: 0 })
    }

    async fn declare(&self, channel: &Channel) -> Result<(), amqprs::error::Error> {
        let exchange = ExchangeDeclareArguments::of_type(&self.exchange, ExchangeType::Topic).durable(true).finish();
        channel.exchange_declare(exchange).await?;
        if let Some(queue) = &self.queue {
            channel.queue_declare(QueueDeclareArguments::durable_client_named(queue)).await?;
            channel.queue_bind(QueueBindArguments::new(queue, &self.exchange, "#")).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Sink for Amqp {
    async fn publish(&mut self, batch: &[Record]) -> Result<(), SinkError> {
        let exchange = self.exchange.clone();
        // Taken out: whatever stops this future, a link with answers outstanding is not used again.
        self.linked().await?;
        let Some(mut link) = self.link.take() else { return Err(SinkError::refused("not connected")) };
        link.send(&exchange, batch).await?;
        self.link = Some(link);
        Ok(())
    }

    async fn check(&mut self) -> Result<(), SinkError> {
        self.linked().await.map(drop)
    }
}

impl Link {
    async fn send(&mut self, exchange: &str, batch: &[Record]) -> Result<(), SinkError> {
        let mut outstanding = std::collections::BTreeSet::new();
        for record in batch {
            let properties = BasicProperties::default()
                .with_message_id(&record.event.id.0)
                .with_message_type(record.event.body.kind())
                .with_content_type("application/json")
                .with_delivery_mode(DELIVERY_MODE_PERSISTENT)
                .finish();
            let place = BasicPublishArguments::new(exchange, &record.route());
            self.channel.basic_publish(properties, record.body.to_vec(), place).await.map_err(told)?;
            self.newest += 1;
            outstanding.insert(self.newest);
        }
        while !outstanding.is_empty() {
            let heard = tokio::select! {
                heard = self.heard.recv() => heard.unwrap_or(Heard::Closed("the connection ended".to_owned())),
                _ = self.connection.listen_network_io_failure() => Heard::Closed("the connection broke".to_owned()),
            };
            match heard {
                Heard::Taken { tag, multiple: true } => outstanding = outstanding.split_off(&(tag + 1)),
                Heard::Taken { tag, multiple: false } => drop(outstanding.remove(&tag)),
                Heard::Refused => return Err(told("it refused a message")),
                Heard::Closed(why) => return Err(told(why)),
            }
        }
        Ok(())
    }
}

/// Passes on what the server says of its own accord.
struct Ear(mpsc::UnboundedSender<Heard>);

impl Ear {
    fn hear(&self, heard: Heard) {
        // Nobody listens once the link is given up.
        let _ = self.0.send(heard);
    }
}

#[async_trait]
impl ChannelCallback for Ear {
    async fn close(&mut self, _: &Channel, close: CloseChannel) -> Result<(), amqprs::error::Error> {
        self.hear(Heard::Closed(close.to_string()));
        Ok(())
    }

    async fn cancel(&mut self, _: &Channel, _: Cancel) -> Result<(), amqprs::error::Error> {
        Ok(())
    }

    async fn flow(&mut self, _: &Channel, active: bool) -> Result<bool, amqprs::error::Error> {
        Ok(active)
    }

    async fn publish_ack(&mut self, _: &Channel, ack: Ack) {
        self.hear(Heard::Taken { tag: ack.delivery_tag(), multiple: ack.mutiple() });
    }

    async fn publish_nack(&mut self, _: &Channel, _: Nack) {
        self.hear(Heard::Refused);
    }

    async fn publish_return(&mut self, _: &Channel, _: Return, _: BasicProperties, _: Vec<u8>) {}
}

fn arguments(url: &SecretString) -> Result<OpenConnectionArguments, SinkError> {
    let fault =
        || SinkError::unusable("SWITCHBOARD_AMQP_URL is not a URL of the form amqp://USER:PASSWORD@HOST:PORT/VHOST");
    let url = Url::parse(url.expose_secret()).map_err(|_| fault())?;
    let tls = match url.scheme() {
        "amqp" => false,
        "amqps" => true,
        _ => return Err(fault()),
    };
    let host = url.host_str().ok_or_else(fault)?;
    let port = url.port().unwrap_or(if tls { 5671 } else { 5672 });
    let text = |part: &str| percent(part).ok_or_else(fault);
    let (user, password) = match (url.username(), url.password()) {
        ("", None) => ("guest".to_owned(), "guest".to_owned()),
        (user, password) => (text(user)?, text(password.unwrap_or_default())?),
    };
    let mut arguments = OpenConnectionArguments::new(host, port, &user, &password);
    match url.path().trim_start_matches('/') {
        "" => {}
        vhost => drop(arguments.virtual_host(&text(vhost)?)),
    }
    arguments.connection_name("switchboard").heartbeat(20);
    if tls {
        arguments.tls_adaptor(TlsAdaptor::without_client_auth(None, host.to_owned()).map_err(told)?);
    }
    Ok(arguments.finish())
}

/// As URLs write what they cannot hold: `%2F` for a slash.
fn percent(part: &str) -> Option<String> {
    let mut bytes = part.bytes();
    let mut plain = Vec::with_capacity(part.len());
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(plain).ok()
}

fn told(error: impl std::fmt::Display) -> SinkError {
    SinkError::refused(format!("the server of SWITCHBOARD_AMQP_URL does not take events: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_wrong_ones_are_not_repeated() {
        let read = |url: &str| arguments(&url.to_owned().into());
        let full = read("amqp://ana:p%40ss@rabbit:5673/%2Fsales").unwrap();
        assert_eq!((full.get_host(), full.get_port(), full.get_virtual_host()), ("rabbit", 5673, "/sales"));
        assert_eq!(read("amqps://rabbit").unwrap().get_port(), 5671);
        for wrong in ["rabbit:hush", "http://a:hush@b", "amqp://a:hush%2@b"] {
            let why = read(wrong).err().unwrap().to_string();
            assert!(why.contains("SWITCHBOARD_AMQP_URL") && !why.contains("hush"), "{why}");
        }
    }
}
