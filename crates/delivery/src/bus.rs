//! Redis as the bus between gateways: a channel on which each says what is new. While it is away everybody looks for
//! themselves, and it is tried again and again.

use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use redis::{
    Client, RedisResult,
    aio::{MultiplexedConnection, PubSub},
};
use secrecy::{ExposeSecret as _, SecretString};
use switchboard_core::{BusDesk, Caller, Core, Error};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::sinks::SinkState;

/// Between two tries to reach it.
const PAUSE: Duration = Duration::from_secs(1);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A bus on which nothing happens is asked whether it is there.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// Connects this gateway with the others. Run once for each process.
pub struct Bus {
    desk: BusDesk,
    url: SecretString,
    state: watch::Sender<SinkState>,
}

impl Bus {
    pub fn new(core: &Core, url: SecretString) -> Result<Self, Error> {
        Ok(Self { desk: core.bus_desk(&Caller::System)?, url, state: watch::Sender::new(SinkState::Starting) })
    }

    /// How it is, for those who ask now and then.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<SinkState> {
        self.state.subscribe()
    }

    /// Until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let why = match self.connect().await {
                Ok(ends) => self.talk(ends, &stop).await,
                Err(why) => why,
            };
            if stop.is_cancelled() {
                return;
            }
            if *self.state.borrow() == SinkState::Well {
                tracing::warn!(%why, "the bus between the gateways is away; each looks for itself meanwhile");
            }
            self.state.send_replace(SinkState::Failing(why));
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(PAUSE) => {}
            }
            self.desk.forget();
        }
    }

    async fn connect(&self) -> Result<Ends, String> {
        let client = Client::open(self.url.expose_secret());
        // What the parser says may repeat the URL, and with it the password.
        let client = client.map_err(|_| "its address is not a URL of the form redis://HOST:PORT".to_owned())?;
        let reached = timeout(PATIENCE, reach(client, self.desk.channel())).await;
        reached.map_err(|_| late())?.map_err(|error| error.to_string())
    }

    /// As long as the bus is there; returns why it is not any more.
    async fn talk(&mut self, ends: Ends, stop: &CancellationToken) -> String {
        let (mut tells, mut heard) = (ends.tells, ends.hears.into_on_message());
        let channel = self.desk.channel();
        self.state.send_replace(SinkState::Well);
        // What was told while nobody listened: look once.
        self.desk.look().await;
        loop {
            let told = tokio::select! {
                word = self.desk.next() => publish(&mut tells, &channel, &word).await,
                () = stop.cancelled() => return self.say_the_rest(&mut tells, &channel).await,
                message = heard.next() => match message {
                    Some(message) => {
                        let word: String = message.get_payload().unwrap_or_default();
                        self.desk.hear(&word).await;
                        Ok(())
                    }
                    None => Err("the connection ended".to_owned()),
                },
                () = sleep(CHECK_EVERY) => publish(&mut tells, &channel, "").await,
            };
            if let Err(why) = told {
                return why;
            }
        }
    }

    /// What waited to be told when it was told to stop.
    async fn say_the_rest(&mut self, tells: &mut MultiplexedConnection, channel: &str) -> String {
        while let Some(word) = self.desk.next().now_or_never() {
            if let Err(why) = publish(tells, channel, &word).await {
                return why;
            }
        }
        String::new()
    }
}

/// One connection listens, the other speaks.
struct Ends {
    hears: PubSub,
    tells: MultiplexedConnection,
}

async fn reach(client: Client, channel: String) -> RedisResult<Ends> {
    let mut hears = client.get_async_pubsub().await?;
    hears.subscribe(channel).await?;
    Ok(Ends { tells: client.get_multiplexed_async_connection().await?, hears })
}

async fn publish(tells: &mut MultiplexedConnection, channel: &str, word: &str) -> Result<(), String> {
    let mut order = redis::cmd("PUBLISH");
    order.arg(channel).arg(word);
    let told = timeout(PATIENCE, order.query_async::<()>(tells)).await;
    told.map_err(|_| late())?.map_err(|error| error.to_string())
}

fn late() -> String {
    format!("no answer within {} s", PATIENCE.as_secs())
}
