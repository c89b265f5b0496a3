//! How fast one account writes. People do not write in bursts, and the network notices those who do.

use std::time::Duration;

/// A token bucket for each session, and a pause of human-like length between messages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pacing {
    /// Messages a minute over time; none is no limit.
    pub per_minute: Option<u32>,
    /// How many may go at once after a quiet while.
    pub burst: u32,
    /// The longest pause before a message; the shortest is none.
    pub jitter: Duration,
}

impl Pacing {
    /// No waiting at all, for simulated networks.
    pub const NONE: Self = Self { per_minute: None, burst: u32::MAX, jitter: Duration::ZERO };
}

impl Default for Pacing {
    fn default() -> Self {
        Self { per_minute: Some(60), burst: 10, jitter: Duration::from_millis(1500) }
    }
}

/// One session's bucket. Time is handed in, as seconds since the pacer was made.
#[derive(Debug)]
pub(crate) struct Pacer {
    pacing: Pacing,
    tokens: f64,
    refilled_at: Duration,
}

impl Pacer {
    pub(crate) fn new(pacing: Pacing) -> Self {
        Self { pacing, tokens: f64::from(pacing.burst), refilled_at: Duration::ZERO }
    }

    /// Takes a place for one message and says how long to wait first. `spread` in 0..1 picks the pause.
    pub(crate) fn take(&mut self, now: Duration, spread: f64) -> Duration {
        let Some(per_minute) = self.pacing.per_minute else { return Duration::ZERO };
        let rate = f64::from(per_minute.max(1)) / 60.0;
        let refilled = now.saturating_sub(self.refilled_at).as_secs_f64() * rate;
        self.tokens = (self.tokens + refilled).min(f64::from(self.pacing.burst.max(1))) - 1.0;
        self.refilled_at = now;
        let debt = Duration::from_secs_f64((-self.tokens).max(0.0) / rate);
        debt + self.pacing.jitter.mul_f64(spread.clamp(0.0, 1.0))
    }

    /// Takes places for messages that go together, `most` at most; each is to be used or given back. The first of them
    /// waits as [`take`](Self::take) says, and the others only go along if none of them has a pause of its own.
    pub(crate) fn take_together(&mut self, now: Duration, spread: f64, most: u32) -> (u32, Duration) {
        let pause = self.take(now, spread);
        let also = match self.pacing.per_minute {
            None => most.saturating_sub(1),
            Some(_) if self.pacing.jitter.is_zero() => {
                (1..most).take_while(|n| self.tokens >= f64::from(*n)).count() as u32
            }
            Some(_) => 0,
        };
        self.tokens -= f64::from(also);
        (1 + also, pause)
    }

    pub(crate) fn give_back(&mut self, places: u32) {
        self.tokens += f64::from(places);
    }

    pub(crate) fn has_limit(&self) -> bool {
        self.pacing.per_minute.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let mut pacer = Pacer::new(Pacing { per_minute: Some(60), burst: 2, jitter: Duration::ZERO });
        let waits: Vec<_> = (0..4).map(|_| pacer.take(secs(0), 0.5)).collect();
        assert_eq!(waits, [secs(0), secs(0), secs(1), secs(2)]);
        assert_eq!(pacer.take(secs(60), 0.5), secs(0), "a quiet minute fills the bucket");
    }

    #[test]
    fn what_has_no_pause_of_its_own_goes_together() {
        let mut pacer = Pacer::new(Pacing { per_minute: Some(60), burst: 5, jitter: Duration::ZERO });
        assert_eq!(pacer.take_together(secs(0), 0.5, 3), (3, secs(0)));
        assert_eq!(pacer.take_together(secs(0), 0.5, 9), (2, secs(0)));
        pacer.give_back(1);
        assert_eq!(pacer.take_together(secs(0), 0.5, 9), (1, secs(0)));
        assert_eq!(pacer.take_together(secs(0), 0.5, 9), (1, secs(1)));
        let mut human = Pacer::new(Pacing { jitter: secs(2), ..pacer.pacing });
        assert_eq!(human.take_together(secs(0), 0.5, 9), (1, secs(1)));
        assert_eq!(Pacer::new(Pacing::NONE).take_together(secs(0), 0.5, 9), (9, secs(0)));
    }

    #[test]
    fn without_a_limit_nothing_waits() {
        let mut pacer = Pacer::new(Pacing::NONE);
        assert!((0..1000).all(|_| pacer.take(secs(0), 1.0).is_zero()));
    }
}
