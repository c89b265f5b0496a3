//! An event as sinks get it.

use bytes::Bytes;
use switchboard_model::Event;

/// The event, and the JSON that says it: the same that webhooks get.
#[derive(Clone, Debug)]
pub struct Record {
    pub event: Event,
    pub body: Bytes,
}

impl Record {
    /// Words of the kind and the session with dots between, for servers that route by such names:
    /// `message.received.sales`.
    pub(super) fn route(&self) -> String {
        format!("{}.{}", self.event.body.kind(), self.event.session)
    }
}
