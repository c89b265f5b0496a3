//! The way back without a state.
//!
//! Whoever had the session may have used every ratchet and every one-time prekey since, so none of them is used again:
//! peers begin anew with keys that nobody else has seen.

use switchboard_core::engine::{EngineError, StateRow};

use super::{LAST_PREKEY, state::State};
use crate::backend::layout::{BASE_KEY, DEVICES, GROUP, PREKEY, SENDER_KEY, SENDER_KEY_DEVICES, SESSION};

/// More than any holder makes: it uploads some hundreds at a time, when the network runs short of them.
const AHEAD: u32 = 1 << 16;

pub(crate) fn without_ratchets(rows: &[StateRow]) -> Result<Vec<StateRow>, EngineError> {
    let mut state = State::read(rows);
    if let Some(mut device) = state.device()? {
        let newest = state.rows(PREKEY).filter_map(|(id, _)| id.parse::<u32>().ok()).max().unwrap_or_default();
        let next = device.next_pre_key_id.max(newest.saturating_add(1)).saturating_add(AHEAD);
        let next = if next > LAST_PREKEY { 1 } else { next };
        device.next_pre_key_id = next;
        device.first_unupload_pre_key_id = next;
        device.server_has_prekeys = false;
        state.put_device(&device)?;
    }
    state.drop(&[SESSION, SENDER_KEY, SENDER_KEY_DEVICES, PREKEY, BASE_KEY, DEVICES, GROUP]);
    Ok(state.into_rows())
}
