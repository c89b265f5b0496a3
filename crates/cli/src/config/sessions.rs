//! How sessions behave.

use std::time::Duration;

use switchboard_core::Pacing;

use super::read::{duration, limit, number, required};
use super::table::{
    CONNECTING, EVENT_RETENTION, FIRST_HOLD, KEEP_UNLINKED, NUMBER_CHECKS, SEND_BURST, SEND_PAUSE, SEND_PER_MINUTE,
};
use super::{ConfigError, Values};

#[derive(Clone, Debug)]
pub struct Sessions {
    pub pacing: Pacing,
    pub connecting_at_once: usize,
    pub event_retention: Duration,
    /// How long sessions of the microservice API may stay without ever being linked.
    pub keep_unlinked: Option<Duration>,
    pub number_checks_per_day: Option<u32>,
    /// How long a session keeps quiet after the network's first complaint.
    pub first_hold: Duration,
}

impl Sessions {
    pub(super) fn from_values(values: &Values) -> Result<Self, ConfigError> {
        Ok(Self {
            pacing: pacing(values)?,
            connecting_at_once: required(values, &CONNECTING, number)? as usize,
            event_retention: required(values, &EVENT_RETENTION, duration)?,
            keep_unlinked: required(
                values,
                &KEEP_UNLINKED,
                |t| if t == "off" { Ok(None) } else { duration(t).map(Some) },
            )?,
            number_checks_per_day: required(values, &NUMBER_CHECKS, limit)?,
            first_hold: required(values, &FIRST_HOLD, duration)?,
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
