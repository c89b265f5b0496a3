//! The fence: what stops a process from touching a session that it no longer owns.
//!
//! The lease keeper pushes the deadline ahead each time it renews; whoever writes for the session (the engine's
//! storage, its inbound hook, its socket) asks first. A process that was frozen past its lease finds the deadline
//! behind it before it has done any harm. The clock counts suspended time, or a laptop's sleep would hide the gap.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// The words stay clear of "locked" and "busy": the engine retries on those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this process gave the session up")]
pub struct Fenced;

#[derive(Clone, Debug)]
pub struct Fence(Arc<AtomicI64>);

/// Milliseconds since boot, suspended time included.
#[derive(Clone, Copy, Debug)]
pub struct BootClock;

const CUT: i64 = i64::MIN;

impl BootClock {
    #[must_use]
    pub fn now_ms() -> i64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000)
    }
}

impl Fence {
    /// Open for `lasts` from now.
    #[must_use]
    pub fn open_for(lasts: Duration) -> Self {
        Self(Arc::new(AtomicI64::new(deadline(lasts))))
    }

    /// Moves the deadline, unless the fence was cut or has already passed it: what has ended stays ended.
    pub fn extend(&self, lasts: Duration) -> Result<(), Fenced> {
        let next = deadline(lasts);
        self.0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |old| {
                (old != CUT && BootClock::now_ms() < old).then_some(next)
            })
            .map(|_| ())
            .map_err(|_| Fenced)
    }

    /// Closes it for good.
    pub fn cut(&self) {
        self.0.store(CUT, Ordering::SeqCst);
    }

    pub fn check(&self) -> Result<(), Fenced> {
        if BootClock::now_ms() < self.0.load(Ordering::SeqCst) { Ok(()) } else { Err(Fenced) }
    }
}

fn deadline(lasts: Duration) -> i64 {
    BootClock::now_ms().saturating_add(i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_stays_ended() {
        let fence = Fence::open_for(Duration::from_secs(60));
        assert_eq!(fence.check(), Ok(()));
        assert_eq!(fence.extend(Duration::from_secs(60)), Ok(()));
        fence.cut();
        assert_eq!(fence.check(), Err(Fenced));
        assert_eq!(fence.extend(Duration::from_secs(60)), Err(Fenced));

        let late = Fence::open_for(Duration::ZERO);
        assert_eq!(late.check(), Err(Fenced));
        assert_eq!(late.extend(Duration::from_secs(60)), Err(Fenced));
    }
}
