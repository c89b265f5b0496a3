//! Whether an endpoint is worth trying. After failures in a row it is left alone for a while; then one attempt goes
//! ahead to see, and the others follow only if it succeeds.

use std::time::Duration;

use switchboard_model::Timestamp;

use crate::CircuitSettings;

#[derive(Debug)]
pub(crate) struct Circuit {
    settings: CircuitSettings,
    failures: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        until: Timestamp,
        pause: Duration,
    },
    /// One attempt is on its way to see.
    Probing {
        pause: Duration,
    },
}

/// What an attempt may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Yes,
    /// Not before this time.
    Later(Timestamp),
    /// Not before the attempt that probes has ended.
    Probing,
}

impl Circuit {
    pub(crate) fn new(settings: CircuitSettings) -> Self {
        Self { settings, failures: 0, state: State::Closed }
    }

    pub(crate) fn admission(&self, now: Timestamp) -> Admission {
        match self.state {
            State::Open { until, .. } if now < until => Admission::Later(until),
            State::Probing { .. } => Admission::Probing,
            State::Closed | State::Open { .. } => Admission::Yes,
        }
    }

    /// An attempt sets out.
    pub(crate) fn attempted(&mut self) {
        if let State::Open { pause, .. } = self.state {
            self.state = State::Probing { pause };
        }
    }

    /// Tells whether the endpoint is back after it was left alone.
    pub(crate) fn succeeded(&mut self) -> bool {
        self.failures = 0;
        std::mem::replace(&mut self.state, State::Closed) != State::Closed
    }

    /// Attempts that set out before it opened may still fail; they do not prolong it.
    pub(crate) fn failed(&mut self, now: Timestamp, factor: f64) {
        self.failures = self.failures.saturating_add(1);
        let pause = match self.state {
            State::Closed if self.failures >= self.settings.after => self.settings.first,
            State::Probing { pause } => (pause * 2).min(self.settings.longest),
            State::Closed | State::Open { .. } => return,
        };
        self.state = State::Open { until: now.after(pause.mul_f64(factor)), pause };
    }

    /// The attempt that probed ended without telling anything.
    pub(crate) fn undecided(&mut self, now: Timestamp) {
        if let State::Probing { pause } = self.state {
            self.state = State::Open { until: now, pause };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn later(seconds: u64) -> Timestamp {
        NOW.after(Duration::from_secs(seconds))
    }

    #[test]
    fn opens_after_failures_in_a_row_and_lets_one_attempt_probe() {
        let mut circuit = Circuit::new(CircuitSettings::default());
        for _ in 0..4 {
            circuit.failed(NOW, 1.0);
        }
        assert!(!circuit.succeeded(), "it was never away");
        for _ in 0..5 {
            assert_eq!(circuit.admission(NOW), Admission::Yes);
            circuit.failed(NOW, 1.0);
        }
        circuit.failed(NOW, 1.0);
        assert_eq!(circuit.admission(later(4)), Admission::Later(later(5)));
        assert_eq!(circuit.admission(later(5)), Admission::Yes);
        circuit.attempted();
        assert_eq!(circuit.admission(later(6)), Admission::Probing);
        circuit.failed(later(6), 1.0);
        assert_eq!(circuit.admission(later(6)), Admission::Later(later(16)), "twice as long");
        circuit.attempted();
        assert!(circuit.succeeded());
        assert_eq!(circuit.admission(later(7)), Admission::Yes);
    }

    #[test]
    fn pauses_do_not_grow_without_end() {
        let mut circuit = Circuit::new(CircuitSettings::default());
        for _ in 0..50 {
            circuit.attempted();
            circuit.failed(NOW, 1.0);
        }
        assert_eq!(circuit.admission(NOW), Admission::Later(later(300)));
    }
}
