//! What a test needs of an engine's other side: the network, the own phone, and Ben's.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use switchboard_core::engine::{Draft, Engine, EngineError, Fence, Open, Pairing, Transmit, probe::Probe};
use switchboard_model::{Clock, Context, Jid, MessageId, Party, SessionId, SystemClock};
use switchboard_store::Store;

use crate::{
    bench::{ANNA, BEN, Bench, make_owner, own},
    fake_side::FakeSide,
    running::{Book, Running, eventually, said},
};

/// Long enough for an acknowledgement that is wrongly sent to reach a network in this process.
const A_WHILE: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(600);
const SESSION: &str = "s";

/// How a connection ends without being closed here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending {
    Cut,
    Unavailable,
    Replaced,
    Removed,
}

#[async_trait]
pub(crate) trait Side: Send + Sync {
    fn engine(&self) -> &dyn Engine;
    fn store(&self) -> &Store;
    /// A client was opened.
    async fn opened(&self, pairing: &Pairing);
    /// Anna's phone scans a code, or types it.
    async fn scan(&self, code: &str);
    async fn type_in(&self, code: &str);
    async fn is_linked(&self) -> bool;
    /// Ben writes to Anna; tells the id.
    async fn ben_writes(&self, text: &str) -> String;
    async fn ben_reads(&self, message: &Transmit);
    /// How many copies of a message reached Ben.
    async fn shown_to_ben(&self, id: &MessageId) -> usize;
    /// Whether Ben was told that this one of his was read.
    async fn was_read(&self, id: &MessageId) -> bool;
    /// How much of what was written to Anna is not acknowledged.
    async fn unacknowledged(&self) -> usize;
    async fn end(&self, ending: Ending);
    /// How many connections there have been.
    async fn dials(&self) -> usize;
}

pub(crate) struct Stage {
    pub(crate) side: Box<dyn Side>,
}

impl Stage {
    pub(crate) async fn real() -> Self {
        Self { side: Box::new(Bench::start().await) }
    }

    pub(crate) async fn fake() -> Self {
        let store = Store::in_memory().await.unwrap();
        make_owner(&store).await;
        Self { side: Box::new(FakeSide::new(store, &SESSION.parse().unwrap())) }
    }

    pub(crate) async fn open(&self, pairing: Pairing) -> Result<Running, EngineError> {
        self.open_behind(LONG, pairing).await
    }

    /// With a fence that stays open for so long.
    pub(crate) async fn open_behind(&self, lasts: Duration, pairing: Pairing) -> Result<Running, EngineError> {
        let session: SessionId = SESSION.parse().unwrap();
        let store = self.side.store().clone();
        let epoch = own(&store, &session).await;
        let fence = Fence::open_for(lasts);
        let (inlet, probe) = Probe::new();
        let order = Open { session: session.clone(), epoch, fence: fence.clone(), pairing: pairing.clone() };
        let link = self.side.engine().open(order, inlet).await?;
        let running = Running::new(link, probe, fence, Book { store, session, forgetful: Arc::default() });
        self.side.opened(&pairing).await;
        Ok(running)
    }

    /// Anna's account linked, online and caught up.
    pub(crate) async fn linked(&self) -> Running {
        let running = self.open(Pairing::Qr).await.unwrap();
        self.side.scan(&running.qr().await).await;
        running.caught_up().await;
        running
    }

    pub(crate) async fn again(&self) -> Running {
        let running = self.open(Pairing::Qr).await.unwrap();
        running.caught_up().await;
        running
    }

    pub(crate) async fn says(&self, anna: &Running, text: &str) -> Transmit {
        let message = self.finished(text).await;
        anna.link.transmit(&message).await.unwrap();
        message
    }

    /// A text from Anna to Ben as it is sent.
    pub(crate) async fn finished(&self, text: &str) -> Transmit {
        let (session, chat) = (SESSION.parse().unwrap(), BEN.parse::<Jid>().unwrap());
        let (own, at) = (Party::from(ANNA.parse::<Jid>().unwrap()), SystemClock.now());
        let (content, context) = (said(text), Context::default());
        let draft = Draft { session: &session, chat: &chat, own: &own, at, content: &content, context: &context };
        let finished = self.side.engine().finish(&draft).await.unwrap();
        Transmit { id: self.side.engine().message_id(), chat, finished }
    }

    pub(crate) async fn all_acknowledged(&self) {
        eventually("an empty queue", async || (self.side.unacknowledged().await == 0).then_some(())).await;
    }

    pub(crate) async fn stays_unacknowledged(&self) {
        let watch = async {
            while self.side.unacknowledged().await > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(tokio::time::timeout(A_WHILE, watch).await.is_err(), "it was acknowledged before it was committed");
    }
}
