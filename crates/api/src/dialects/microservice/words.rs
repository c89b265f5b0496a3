//! What the document calls things.

use switchboard_model::{Phone, SessionState};

/// The document's three words for every state.
pub(super) fn status(state: &SessionState) -> &'static str {
    match state {
        SessionState::Connecting
        | SessionState::WaitingQr { .. }
        | SessionState::WaitingCode { .. }
        | SessionState::WaitingPasskey { .. } => "connecting",
        SessionState::Connected { .. } | SessionState::Held { .. } => "connected",
        SessionState::Created
        | SessionState::Disconnected { .. }
        | SessionState::LoggedOut { .. }
        | SessionState::HandedOver { .. }
        | SessionState::Disabled { .. } => "disconnected",
    }
}

/// Numbers carry a plus sign here.
pub(super) fn phone_number(phone: Option<&Phone>) -> Option<String> {
    phone.map(|phone| format!("+{phone}"))
}
