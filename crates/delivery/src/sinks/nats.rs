//! NATS JetStream: one message for each event, on a subject of its kind and session.

use async_nats::{
    Client, ConnectOptions, HeaderMap,
    header::NATS_MESSAGE_ID,
    jetstream::{
        self, Context,
        context::{PublishError, PublishErrorKind},
        stream,
    },
};
use async_trait::async_trait;
use futures_util::future::try_join_all;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{Record, Sink, SinkError};

/// The first word of every subject.
const SUBJECTS: &str = "switchboard";

/// Publishes to `switchboard.<kind>.<session>`, into a stream that it makes if there is none. The event's id goes along
/// as `Nats-Msg-Id`, so that JetStream drops what is repeated within its window.
pub struct Nats {
    url: SecretString,
    stream: String,
    connection: Option<(Client, Context)>,
}

impl Nats {
    #[must_use]
    pub fn new(url: SecretString, stream: String) -> Self {
        Self { url, stream, connection: None }
    }

    async fn connected(&mut self) -> Result<&(Client, Context), SinkError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let client = connect(&self.url).await?;
                let context = jetstream::new(client.clone());
                let subjects = vec![format!("{SUBJECTS}.>")];
                let config = stream::Config { name: self.stream.clone(), subjects, ..stream::Config::default() };
                context.get_or_create_stream(config).await.map_err(told)?;
                (client, context)
            }
        };
        Ok(self.connection.insert(connection))
    }

    async fn send(&mut self, batch: &[Record]) -> Result<(), SinkError> {
        let (_, context) = self.connected().await?;
        let mut acks = Vec::with_capacity(batch.len());
        for record in batch {
            let mut headers = HeaderMap::new();
            headers.insert(NATS_MESSAGE_ID, record.event.id.0.as_str());
            let subject = format!("{SUBJECTS}.{}", record.route());
            acks.push(context.publish_with_headers(subject, headers, record.body.clone()).await.map_err(refused)?);
        }
        try_join_all(acks.into_iter().map(IntoFuture::into_future)).await.map_err(refused)?;
        Ok(())
    }
}

#[async_trait]
impl Sink for Nats {
    async fn publish(&mut self, batch: &[Record]) -> Result<(), SinkError> {
        let sent = self.send(batch).await;
        if sent.is_err() {
            self.connection = None;
        }
        sent
    }

    async fn check(&mut self) -> Result<(), SinkError> {
        let (client, _) = self.connected().await?;
        if let Err(error) = client.flush().await {
            self.connection = None;
            return Err(told(error));
        }
        Ok(())
    }
}

/// The client's own reconnecting is not used: one place decides when to try again, and the stream is looked for anew.
async fn connect(url: &SecretString) -> Result<Client, SinkError> {
    let fault = || SinkError::unusable("SWITCHBOARD_NATS_URL is not a URL of the form nats://HOST:PORT");
    let mut url = Url::parse(url.expose_secret()).map_err(|_| fault())?;
    let mut options = ConnectOptions::new().name("switchboard").max_reconnects(1);
    options = match (url.username().to_owned(), url.password().map(str::to_owned)) {
        (user, Some(password)) => options.user_and_password(user, password),
        (token, None) if !token.is_empty() => options.token(token),
        _ => options,
    };
    // Neither belongs to the address; one that cannot have them has none.
    let _ = (url.set_username(""), url.set_password(None));
    options.connect(url.as_str()).await.map_err(told)
}

fn refused(error: PublishError) -> SinkError {
    match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => SinkError::unfit("the event is larger than the server's max_payload"),
        _ => told(error),
    }
}

fn told(error: impl std::fmt::Display) -> SinkError {
    SinkError::refused(format!("the server of SWITCHBOARD_NATS_URL does not take events: {error}"))
}
