//! What is known of a running session beyond its row: the codes to pair with, the link, signs of life.

use std::sync::Arc;

use switchboard_model::Timestamp;

use crate::engine::{Fact, Fence, Link};

#[derive(Clone, Default)]
pub(crate) struct Live {
    pub(crate) qr: Option<PairingCode>,
    pub(crate) code: Option<PairingCode>,
    /// Present while messages can be sent.
    pub(crate) link: Option<Arc<dyn Link>>,
    pub(crate) fence: Option<(Fence, i64)>,
    /// When something that the client reported was last committed.
    pub(crate) last_event_at: Option<Timestamp>,
}

/// Something to scan or to type, until it runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairingCode {
    pub code: String,
    pub expires_at: Timestamp,
}

impl Live {
    pub(crate) fn learn(&mut self, fact: &Fact, now: Timestamp) {
        match fact {
            Fact::QrCode { code, valid_for } => {
                self.qr = Some(PairingCode { code: code.clone(), expires_at: now.after(*valid_for) });
            }
            Fact::PairingCode { code, valid_for } => {
                self.code = Some(PairingCode { code: code.clone(), expires_at: now.after(*valid_for) });
            }
            Fact::Paired { .. } | Fact::Online { .. } | Fact::PairingExpired => (self.qr, self.code) = (None, None),
            _ => {}
        }
    }

    pub(crate) fn awaits_person(&self) -> bool {
        self.qr.is_some() || self.code.is_some()
    }

    /// After a run; what was last heard stays known.
    pub(crate) fn reset(&mut self) {
        *self = Self { last_event_at: self.last_event_at, ..Self::default() };
    }
}
