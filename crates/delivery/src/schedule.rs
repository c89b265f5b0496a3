//! When a failed delivery is attempted again.

use std::time::Duration;

const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// The pauses between attempts. When they are used up, the delivery is dead.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub pauses: Vec<Duration>,
    /// Each pause is up to this part longer or shorter, so that what failed together does not come back together.
    pub jitter: f64,
}

impl Default for Schedule {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        let pauses = [5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR];
        Self { pauses: pauses.map(Duration::from_secs).to_vec(), jitter: 0.2 }
    }
}

impl Schedule {
    /// The pause after so many failed attempts; never shorter than the receiver asked for. None: give up.
    pub(crate) fn after(&self, failed: i64, asked: Option<Duration>) -> Option<Duration> {
        let index = usize::try_from(failed - 1).unwrap_or(0);
        let pause = self.pauses.get(index)?.mul_f64(self.factor());
        Some(asked.map_or(pause, |asked| pause.max(asked.min(LONGEST_RETRY_AFTER))))
    }

    fn factor(&self) -> f64 {
        1.0 + self.jitter * (2.0 * rand::random::<f64>() - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eleven_attempts_over_almost_two_days() {
        let schedule = Schedule::default();
        for (failed, seconds) in [(1, 5.0), (2, 30.0), (4, 600.0), (10, 86_400.0)] {
            for _ in 0..100 {
                let pause = schedule.after(failed, None).expect("another attempt").as_secs_f64();
                assert!((seconds * 0.8..=seconds * 1.2).contains(&pause), "{failed}: {pause}");
            }
        }
        assert_eq!(schedule.after(11, None), None);
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_for_less() {
        let schedule = Schedule::default();
        let asked = |seconds| schedule.after(1, Some(Duration::from_secs(seconds))).expect("another attempt");
        assert_eq!(asked(120), Duration::from_secs(120));
        assert!(asked(1) >= Duration::from_secs(4));
        assert_eq!(asked(u64::MAX), LONGEST_RETRY_AFTER);
    }
}
