use std::time::Duration;

use crate::Schedule;

/// How fast, how wide and how patient.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Attempts under way at once, over all endpoints.
    pub at_once: usize,
    /// Attempts under way at once to one endpoint that answers well.
    pub at_once_each: usize,
    /// How long a receiver may take to answer.
    pub timeout: Duration,
    pub schedule: Schedule,
    pub circuit: CircuitSettings,
    /// How many deliveries of a lane are read at once.
    pub page: u64,
    /// How long this process keeps a webhook that it does not renew.
    pub hold: Duration,
    pub hold_again: Duration,
    /// How often it looks for what other replicas appended.
    pub look: Duration,
}

#[derive(Clone, Copy, Debug)]
pub struct CircuitSettings {
    /// Failures in a row that open it.
    pub after: u32,
    /// How long it stays open at first, and at most, as it doubles.
    pub first: Duration,
    pub longest: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            at_once: 256,
            at_once_each: 32,
            timeout: Duration::from_secs(15),
            schedule: Schedule::default(),
            circuit: CircuitSettings::default(),
            page: 32,
            hold: Duration::from_secs(20),
            hold_again: Duration::from_secs(5),
            look: Duration::from_secs(1),
        }
    }
}

impl Default for CircuitSettings {
    fn default() -> Self {
        Self { after: 5, first: Duration::from_secs(5), longest: Duration::from_secs(300) }
    }
}
