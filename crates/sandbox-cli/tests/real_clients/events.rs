//! What a client has seen, and waiting for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;

/// Far beyond anything that works; a test that runs into it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Qr(String),
    Code(String),
    Open,
    /// With the status code that Baileys has for the reason.
    Closed(Option<u16>),
    Message(Received),
    Call(Ring),
    /// It can change what the account's devices agree on.
    AppStateKey,
    /// Something about a chat changed, as the client itself shows it.
    Chat(Value),
    /// A label was made, changed or deleted, as the client itself shows it.
    Label(Value),
    /// A label was put on a chat or taken off.
    Labelled(Value),
    /// A piece of the phone's past came.
    History(Value),
    Mark {
        id: String,
        mark: Mark,
    },
    /// The client said that something is wrong.
    Complaint(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) chat: String,
    pub(crate) text: String,
    pub(crate) from_me: bool,
    /// All of it, as the client itself shows it; `None` for clients that are not asked for it.
    pub(crate) whole: Value,
}

/// A call, as the client tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ring {
    pub(crate) id: String,
    pub(crate) from: String,
    pub(crate) number: Option<String>,
    /// In Baileys' words.
    pub(crate) status: String,
    pub(crate) video: bool,
}

/// What became of a message that the client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Delivered,
    Read,
}

/// Everything seen so far, in order. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Shared>);

#[derive(Default)]
struct Shared {
    seen: Mutex<Vec<Seen>>,
    news: Notify,
}

impl Events {
    pub(crate) fn push(&self, seen: Seen) {
        self.0.seen.lock().unwrap().push(seen);
        self.0.news.notify_waiters();
    }

    pub(crate) fn all(&self) -> Vec<Seen> {
        self.0.seen.lock().unwrap().clone()
    }

    /// Waits until something seen is what `pick` looks for, which may have been before the call.
    pub(crate) async fn wait<T>(&self, what: &str, pick: impl Fn(&Seen) -> Option<T>) -> T {
        self.wait_nth(what, 1, pick).await
    }

    /// Waits until `pick` has found something for the `nth` time.
    pub(crate) async fn wait_nth<T>(&self, what: &str, nth: usize, pick: impl Fn(&Seen) -> Option<T>) -> T {
        let found = async {
            loop {
                let news = self.0.news.notified();
                tokio::pin!(news);
                // From here on no notification is missed.
                news.as_mut().enable();
                if let Some(found) = self.all().iter().filter_map(&pick).nth(nth - 1) {
                    return found;
                }
                news.await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, found).await;
        waited.unwrap_or_else(|_| panic!("{what} did not happen; seen: {:#?}", self.all()))
    }

    pub(crate) async fn open(&self, nth: usize) {
        self.wait_nth("opening", nth, |seen| (*seen == Seen::Open).then_some(())).await;
    }

    pub(crate) async fn closed(&self, status: u16) {
        self.wait("closing", |seen| (*seen == Seen::Closed(Some(status))).then_some(())).await;
    }

    pub(crate) async fn text(&self, text: &str) -> Received {
        let what = format!("receiving {text:?}");
        self.wait(&what, |seen| match seen {
            Seen::Message(message) if message.text == text => Some(message.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn rings(&self, call: &str, status: &str) -> Ring {
        let what = format!("{status} of call {call}");
        self.wait(&what, |seen| match seen {
            Seen::Call(ring) if ring.id == call && ring.status == status => Some(ring.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn marked(&self, id: &str, mark: Mark) {
        let what = format!("{mark:?} for {id}");
        let wanted = Seen::Mark { id: id.into(), mark };
        self.wait(&what, |seen| (*seen == wanted).then_some(())).await;
    }

    pub(crate) fn complaints(&self) -> Vec<String> {
        let complaints = self.all().into_iter().filter_map(|seen| match seen {
            Seen::Complaint(text) => Some(text),
            _ => None,
        });
        complaints.collect()
    }
}
