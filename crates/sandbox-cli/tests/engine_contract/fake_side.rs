//! The fake engine's other side. It does by hand what a network does: it keeps what is written to Anna until her
//! client has taken it, and brings it again to the next one if it has not.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use switchboard_core::engine::{
    Engine, Inbound, Pairing, ReceiptKind, Transmit,
    fake::{FakeEngine, FakeLink, FakeSession},
};
use switchboard_model::{Clock, Context, Jid, MessageId, Party, SessionId, SystemClock};
use switchboard_store::Store;

use crate::{
    bench::{ANNA, BEN},
    running::said,
    side::{Ending, Side},
};

const CODE: &str = "FAKECODE";

pub(crate) struct FakeSide {
    engine: FakeEngine,
    store: Store,
    session: Arc<FakeSession>,
    queue: Arc<Queue>,
}

#[derive(Default)]
struct Queue(Mutex<VecDeque<Inbound>>);

impl FakeSide {
    pub(crate) fn new(store: Store, session: &SessionId) -> Self {
        let engine = FakeEngine::new();
        let session = engine.session(session);
        Self { engine, store, session, queue: Arc::default() }
    }

    async fn pair(&self) {
        self.session.link().await.pair(&ANNA.parse().unwrap(), &"100001".parse().unwrap());
    }
}

impl Queue {
    fn rows(&self) -> MutexGuard<'_, VecDeque<Inbound>> {
        self.0.lock().unwrap()
    }

    /// Brings what waits, one after the other, until the client refuses or is gone.
    async fn bring_to(&self, link: &FakeLink) {
        loop {
            let Some(first) = self.rows().front().cloned() else { return };
            tokio::select! {
                taken = link.deliver(vec![first.clone()]) => if taken.is_err() { return },
                () = link.ended() => return,
            }
            self.rows().retain(|row| row.id != first.id);
        }
    }
}

#[async_trait]
impl Side for FakeSide {
    fn engine(&self) -> &dyn Engine {
        &self.engine
    }

    fn store(&self) -> &Store {
        &self.store
    }

    async fn opened(&self, pairing: &Pairing) {
        let link = self.session.link().await;
        match pairing {
            _ if self.session.is_linked() => {
                let queue = Arc::clone(&self.queue);
                tokio::spawn(async move { queue.bring_to(&link).await });
            }
            Pairing::Qr => link.qr("2@fake"),
            Pairing::Code { .. } => link.pairing_code(CODE),
        }
    }

    async fn scan(&self, code: &str) {
        assert_eq!(code, "2@fake");
        self.pair().await;
    }

    async fn type_in(&self, code: &str) {
        assert_eq!(code, CODE);
        self.pair().await;
    }

    async fn is_linked(&self) -> bool {
        self.session.is_linked()
    }

    async fn ben_writes(&self, text: &str) -> String {
        let ben = Party::from(BEN.parse::<Jid>().unwrap());
        let id = self.engine.message_id();
        self.queue.rows().push_back(Inbound {
            id: id.clone(),
            chat: ben.clone(),
            sender: ben,
            from_me: false,
            timestamp: SystemClock.now(),
            push_name: None,
            content: said(text),
            context: Context::default(),
        });
        if let Some(link) = self.session.running() {
            let queue = Arc::clone(&self.queue);
            tokio::spawn(async move { queue.bring_to(&link).await });
        }
        id.0
    }

    async fn ben_reads(&self, message: &Transmit) {
        self.session.link().await.receipt(message, ReceiptKind::Read, SystemClock.now());
    }

    /// He receives it at once, and his phone says so.
    async fn shown_to_ben(&self, id: &MessageId) -> usize {
        let sent = self.session.sent();
        let copies: Vec<_> = sent.iter().filter(|message| message.id == *id).collect();
        assert!(copies.windows(2).all(|pair| pair[0].finished == pair[1].finished));
        if let (Some(first), Some(link)) = (copies.first(), self.session.running()) {
            link.receipt(first, ReceiptKind::Delivered, SystemClock.now());
        }
        copies.len()
    }

    async fn was_read(&self, id: &MessageId) -> bool {
        self.session.marked_read().contains(id)
    }

    async fn unacknowledged(&self) -> usize {
        self.queue.rows().len()
    }

    async fn end(&self, ending: Ending) {
        let link = self.session.link().await;
        match ending {
            Ending::Cut | Ending::Unavailable => link.drop_connection(),
            Ending::Replaced => link.replace(),
            Ending::Removed => link.log_out(),
        }
    }

    async fn dials(&self) -> usize {
        self.session.opens()
    }
}
