//! How sessions behave.

use std::time::Duration;

use switchboard_core::Pacing;

use super::read::{duration, limit, number, required};
use super::table::{CONNECTING, EVENT_RETENTION, SEND_BURST, SEND_PAUSE, SEND_PER_MINUTE};
use super::{ConfigError, Values};

#[derive(Clone, Debug)]
pub struct Sessions {
    pub pacing: Pacing,
    pub connecting_at_once: usize,
    pub event_retention: Duration,
}

impl Sessions {
    pub(super) fn from_values(values: &Values) -> Result<Self, ConfigError> {
        Ok(Self {
            pacing: pacing(values)?,
            connecting_at_once: required(values, &CONNECTING, number)? as usize,
            event_retention: required(values, &EVENT_RETENTION, duration)?,
        })
    }
}

fn pacing(values: &Values) -> Result<Pacing, ConfigError> {
    let per_minute = required(values, &SEND_PER_MINUTE, limit)?;
    let burst = required(values, &SEND_BURST, number)?;
    let pause = required(values, &SEND_PAUSE, |t| {
        t.parse().map_err(|_| format!("is `{t}`, which is not a number of milliseconds"))
    })?;
    Ok(match per_minute {
        None => Pacing::NONE,
        Some(_) => Pacing { per_minute, burst, jitter: Duration::from_millis(pause) },
    })
}
