//! Wire types that several endpoints share.

use serde::Serialize;
use switchboard_model::{Party as ModelParty, Timestamp};
use utoipa::ToSchema;

/// A person or a chat, under every name known for it.
#[derive(Serialize, ToSchema)]
pub(super) struct Party {
    /// The phone's JID where the phone is known.
    #[schema(example = "6281381393739@s.whatsapp.net")]
    jid: String,
    /// Phone number, digits only.
    #[schema(example = "6281381393739")]
    pn: Option<String>,
    /// The network's identity for people who hide their number.
    lid: Option<String>,
}

impl From<ModelParty> for Party {
    fn from(party: ModelParty) -> Self {
        Self {
            jid: party.jid.to_string(),
            pn: party.pn.map(|pn| pn.to_string()),
            lid: party.lid.map(|lid| lid.to_string()),
        }
    }
}

/// RFC 3339 in UTC.
pub(super) fn time(at: Timestamp) -> String {
    at.to_string()
}
