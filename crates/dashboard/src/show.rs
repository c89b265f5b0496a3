//! How things are shown to people.

use switchboard_core::LOGGED_OUT_AS_ASKED;
use switchboard_model::{
    AddressError, CallStatus, Content, MessageStatus, Party, Phone, Session, SessionState, Timestamp,
};

use crate::text::{Text, fill};

/// A state as a word, a colour, and what it asks of the reader.
pub(crate) struct StateView {
    pub(crate) label: &'static str,
    /// `good`, `busy`, `wait`, `bad` or `idle`.
    pub(crate) tone: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) retry_at: Option<Timestamp>,
}

impl StateView {
    pub(crate) fn of(t: &'static Text, session: &Session) -> Self {
        let state = &session.state;
        let (label, tone, hint) = words(t, state);
        let hint = if session.linked { hint } else { hint_unlinked(t, state).unwrap_or(hint) };
        Self { label, tone, hint, reason: reason(state), retry_at: retry(state) }
    }
}

fn words(t: &'static Text, state: &SessionState) -> (&'static str, &'static str, &'static str) {
    match state {
        SessionState::Created => (t.state_created, "idle", t.hint_created),
        SessionState::Connecting => (t.state_connecting, "busy", t.hint_connecting),
        SessionState::WaitingQr { .. } => (t.state_waiting_qr, "wait", t.hint_waiting_qr),
        SessionState::WaitingCode { .. } => (t.state_waiting_code, "wait", t.hint_waiting_code),
        SessionState::WaitingPasskey { .. } => (t.state_waiting_passkey, "wait", t.hint_waiting_passkey),
        SessionState::Connected { catching_up: true } => (t.state_catching_up, "good", t.hint_catching_up),
        SessionState::Connected { .. } => (t.state_connected, "good", t.hint_connected),
        SessionState::Held { .. } => (t.state_held, "wait", t.hint_held),
        SessionState::Disconnected { retry_at: Some(_), .. } => (t.state_disconnected, "busy", t.hint_retrying),
        SessionState::Disconnected { .. } => (t.state_disconnected, "idle", t.hint_disconnected),
        SessionState::LoggedOut { .. } => (t.state_logged_out, "bad", t.hint_logged_out),
        SessionState::HandedOver { .. } => (t.state_handed_over, "wait", t.hint_handed_over),
        SessionState::Disabled { .. } => (t.state_disabled, "bad", t.hint_disabled),
    }
}

/// Where no device is linked, nothing is kept, and the phone may have removed none.
fn hint_unlinked(t: &'static Text, state: &SessionState) -> Option<&'static str> {
    match state {
        SessionState::Disconnected { retry_at: None, .. } => Some(t.hint_created),
        SessionState::LoggedOut { reason } if reason == LOGGED_OUT_AS_ASKED => Some(t.hint_logged_out_here),
        _ => None,
    }
}

/// A state by itself, with its reason: without what it asks of anybody.
pub(crate) fn state(t: &'static Text, state: &SessionState) -> String {
    let (label, ..) = words(t, state);
    reason(state).map_or_else(|| label.to_owned(), |reason| format!("{label}: {reason}"))
}

fn reason(state: &SessionState) -> Option<String> {
    match state {
        SessionState::Held { reason, .. }
        | SessionState::Disconnected { reason, .. }
        | SessionState::LoggedOut { reason }
        | SessionState::Disabled { reason } => Some(reason.clone()).filter(|reason| !reason.is_empty()),
        SessionState::WaitingPasskey { hint } => Some(hint.clone()).filter(|hint| !hint.is_empty()),
        _ => None,
    }
}

fn retry(state: &SessionState) -> Option<Timestamp> {
    match state {
        SessionState::Disconnected { retry_at, .. } => *retry_at,
        SessionState::Held { until, .. } => *until,
        _ => None,
    }
}

/// A phone number as people write it.
pub(crate) fn phone(phone: Option<&Phone>) -> String {
    phone.map(Phone::for_people).unwrap_or_default()
}

/// Whoever it is, by number where that is known.
pub(crate) fn party(party: &Party) -> String {
    party.pn.as_ref().map_or_else(|| party.jid.to_string(), Phone::for_people)
}

/// Why what somebody typed is nobody's address.
pub(crate) fn address_error(t: &'static Text, error: &AddressError) -> &'static str {
    match error {
        AddressError::Phone | AddressError::Empty => t.wrong_number,
        AddressError::Lid | AddressError::Group | AddressError::Server(_) => t.wrong_address,
    }
}

/// How large a file is.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20),
    }
}

/// What became of a call, as a word and a colour.
pub(crate) fn call_status(t: &'static Text, status: CallStatus) -> (&'static str, &'static str) {
    match status {
        CallStatus::Ringing => (t.call_ringing, "busy"),
        CallStatus::Accepted => (t.call_accepted, "good"),
        CallStatus::Rejected => (t.call_rejected, "bad"),
        CallStatus::Missed => (t.call_missed, "wait"),
        CallStatus::Ended => (t.call_ended, "idle"),
    }
}

/// What a message says; a kind without words by its name.
pub(crate) fn content(t: &'static Text, content: &Content) -> String {
    content.text().map_or_else(|| fill(t.message_of_kind, &[content.kind()]), str::to_owned)
}

pub(crate) fn status(t: &'static Text, status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Queued => t.status_queued,
        MessageStatus::Sending => t.status_sending,
        MessageStatus::Sent => t.status_sent,
        MessageStatus::Delivered => t.status_delivered,
        MessageStatus::Read => t.status_read,
        MessageStatus::Played => t.status_played,
        MessageStatus::Failed => t.status_failed,
        MessageStatus::Cancelled => t.status_cancelled,
    }
}
