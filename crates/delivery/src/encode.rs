//! What a delivery says. Each dialect has its own words for an event; they are handed in.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use switchboard_model::{Event, Phone, WebhookDialect};

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub content_type: &'static str,
    pub bytes: Bytes,
}

impl Body {
    #[must_use]
    pub fn json(bytes: Vec<u8>) -> Self {
        Self { content_type: "application/json", bytes: bytes.into() }
    }
}

/// Says an event in a dialect, given the session's own number where it is known; nothing for events that the dialect
/// does not know.
pub type Encode = dyn Fn(&Event, Option<&Phone>) -> Option<Body> + Send + Sync;

type Native = dyn Fn(&Event) -> Option<Body> + Send + Sync;

/// The dialects. One that was not handed in speaks as the native one does.
#[derive(Clone)]
pub struct Encoders {
    native: Arc<Native>,
    others: HashMap<WebhookDialect, Arc<Encode>>,
}

impl Default for Encoders {
    /// The event as it stands in the log.
    fn default() -> Self {
        Self::new(|event| serde_json::to_vec(event).ok().map(Body::json))
    }
}

impl Encoders {
    pub fn new(native: impl Fn(&Event) -> Option<Body> + Send + Sync + 'static) -> Self {
        Self { native: Arc::new(native), others: HashMap::new() }
    }

    #[must_use]
    pub fn with(
        mut self,
        dialect: WebhookDialect,
        encode: impl Fn(&Event, Option<&Phone>) -> Option<Body> + Send + Sync + 'static,
    ) -> Self {
        self.others.insert(dialect, Arc::new(encode));
        self
    }

    /// Whether a dialect was handed in, which may ask for the session's number.
    pub(crate) fn asks_for_number(&self, dialect: WebhookDialect) -> bool {
        self.others.contains_key(&dialect)
    }

    pub(crate) fn encode(&self, dialect: WebhookDialect, event: &Event, own: Option<&Phone>) -> Option<Body> {
        match self.others.get(&dialect) {
            Some(encode) => encode(event, own),
            None => (self.native)(event),
        }
    }

    pub(crate) fn native(&self, event: &Event) -> Option<Body> {
        (self.native)(event)
    }
}
