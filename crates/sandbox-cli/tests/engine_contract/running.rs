//! One running client, and everything it handed in.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use switchboard_core::engine::{
    Draft, Engine, EngineError, Fact, Fence, Inbound, Link, Receipt, ReceiptKind, Transmit,
    probe::{Handed, Probe},
};
use switchboard_model::{
    Clock, Content, Context, Jid, Later, Message, MessageId, MessageStatus, Party, SessionId, SystemClock,
};
use switchboard_store::{Store, messages};
use tokio::sync::watch;

use crate::bench::{ANNA, BEN, Bench};

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Running {
    pub link: Arc<dyn Link>,
    pub fence: Fence,
    log: watch::Receiver<Vec<Handed>>,
    hold: watch::Sender<bool>,
    forgetful: Arc<AtomicBool>,
}

/// Where messages are committed.
pub(crate) struct Book {
    pub store: Store,
    pub session: SessionId,
    pub forgetful: Arc<AtomicBool>,
}

impl Running {
    pub(crate) fn new(link: Arc<dyn Link>, probe: Probe, fence: Fence, book: Book) -> Self {
        let (log, receiver) = watch::channel(Vec::new());
        let (hold, held) = watch::channel(false);
        let forgetful = Arc::clone(&book.forgetful);
        tokio::spawn(pump(probe, log, held, book));
        Self { link, fence, log: receiver, hold, forgetful }
    }

    /// From now on messages are committed nowhere, as if the process had died before it could.
    pub(crate) fn forget_messages(&self) {
        self.forgetful.store(true, Ordering::SeqCst);
    }

    /// From now on nothing counts as committed.
    pub(crate) fn hold_commits(&self) {
        self.hold.send_replace(true);
    }

    pub(crate) fn release_commits(&self) {
        self.hold.send_replace(false);
    }

    /// Waits for the first hand-in that is the wanted one.
    pub(crate) async fn wait<T>(&self, what: &str, wanted: impl Fn(&Handed) -> Option<T>) -> T {
        let mut log = self.log.clone();
        let found = async {
            loop {
                let found = log.borrow_and_update().iter().find_map(&wanted);
                match found {
                    Some(found) => return found,
                    None => log.changed().await.expect("the client goes on"),
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, found).await;
        found.unwrap_or_else(|_| panic!("{what} never came; there was {:?}", self.log.borrow()))
    }

    pub(crate) async fn fact<T>(&self, what: &str, wanted: impl Fn(&Fact) -> Option<T>) -> T {
        self.wait(what, |handed| match handed {
            Handed::Fact(fact) => wanted(fact),
            Handed::Messages(_) => None,
        })
        .await
    }

    pub(crate) async fn message(&self, text: &str) -> Inbound {
        self.wait(text, |handed| match handed {
            Handed::Messages(batch) => batch.iter().find(|message| message.content == said(text)).cloned(),
            Handed::Fact(_) => None,
        })
        .await
    }

    pub(crate) async fn qr(&self) -> String {
        self.fact("a QR code", |fact| match fact {
            Fact::QrCode { code, .. } => Some(code.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn caught_up(&self) {
        self.fact("the end of catching up", |fact| {
            matches!(fact, Fact::CaughtUp | Fact::Online { catching_up: false }).then_some(())
        })
        .await;
    }

    pub(crate) async fn acked(&self, wanted: &MessageId) -> Option<String> {
        self.fact("an ack", |fact| match fact {
            Fact::Acked { id, error } if id == wanted => Some(error.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn receipt(&self, wanted: ReceiptKind, of: &MessageId) -> Receipt {
        self.fact("a receipt", |fact| match fact {
            Fact::Receipt(receipt) if receipt.kind == wanted && receipt.ids.contains(of) => Some(receipt.clone()),
            _ => None,
        })
        .await
    }

    /// Every message handed in so far.
    pub(crate) fn messages(&self) -> Vec<Inbound> {
        let log = self.log.borrow();
        let batches = log.iter().filter_map(|handed| match handed {
            Handed::Messages(batch) => Some(batch),
            Handed::Fact(_) => None,
        });
        batches.flatten().cloned().collect()
    }

    /// How many messages with this text were handed in.
    pub(crate) fn count(&self, text: &str) -> usize {
        let log = self.log.borrow();
        let batches = log.iter().filter_map(|handed| match handed {
            Handed::Messages(batch) => Some(batch),
            Handed::Fact(_) => None,
        });
        batches.flatten().filter(|message| message.content == said(text)).count()
    }

    pub(crate) async fn ended(&self) {
        eventually("the end of the client", async || self.link.pulse().ended.then_some(())).await;
    }

    pub(crate) async fn says(&self, bench: &Bench, to: &str, text: &str) -> Transmit {
        self.sends(bench, to, &said(text)).await
    }

    pub(crate) async fn sends(&self, bench: &Bench, to: &str, content: &Content) -> Transmit {
        let message = Transmit {
            id: bench.engine.message_id(),
            chat: to.parse().unwrap(),
            finished: finished(bench, content).await.unwrap(),
        };
        self.link.transmit(&message).await.unwrap();
        message
    }
}

/// The bytes of a message from Anna to Ben.
pub(crate) async fn finished(bench: &Bench, content: &Content) -> Result<Vec<u8>, EngineError> {
    let (session, chat, own) = ("s".parse().unwrap(), BEN.parse().unwrap(), Party::from(ANNA.parse::<Jid>().unwrap()));
    let (context, at) = (Context::default(), SystemClock.now());
    bench.engine.finish(&Draft { session: &session, chat: &chat, own: &own, at, content, context: &context }).await
}

pub(crate) fn said(text: &str) -> Content {
    Content::Text { text: text.to_owned() }
}

/// Takes what comes and commits it; while told to hold, it only takes.
async fn pump(mut probe: Probe, log: watch::Sender<Vec<Handed>>, mut held: watch::Receiver<bool>, book: Book) {
    let mut open = Vec::new();
    loop {
        tokio::select! {
            handed = probe.take() => {
                let Some(handed) = handed else { return };
                log.send_modify(|log| log.push(handed.clone()));
                if let Handed::Messages(batch) = handed {
                    open.extend(batch);
                }
            }
            changed = held.changed() => if changed.is_err() { return },
        }
        if !*held.borrow() {
            book.enter(std::mem::take(&mut open)).await;
            probe.commit();
        }
    }
}

impl Book {
    async fn enter(&self, batch: Vec<Inbound>) {
        if self.forgetful.load(Ordering::SeqCst) {
            return;
        }
        let messages: Arc<Vec<Message>> = Arc::new(batch.into_iter().map(|one| self.message(one)).collect());
        let entered = self.store.write(move |tx| {
            let messages = Arc::clone(&messages);
            Box::pin(async move {
                for message in messages.iter() {
                    messages::insert_new(tx, message, MessageStatus::Delivered).await?;
                }
                Ok(())
            })
        });
        entered.await.unwrap();
    }

    fn message(&self, one: Inbound) -> Message {
        let Inbound { id, chat, sender, from_me, timestamp, push_name, content, context } = one;
        let (session, later) = (self.session.clone(), Later::default());
        Message { id, session, chat, sender, from_me, timestamp, push_name, content, context, later }
    }
}

/// Asks until there is an answer. What is asked about lives behind HTTP or in another task, and calls nobody.
pub(crate) async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let answer = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| panic!("{what} never came about"))
}
