//! How fast one caller may ask.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use switchboard_core::Error;
use tokio::time::Instant;

const MOST_CALLERS: usize = 10_000;

/// So many requests at once, and so many a second after that.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub per_second: f64,
    pub burst: f64,
}

/// One bucket for each caller.
pub(crate) struct Limiter {
    rate: Rate,
    buckets: Mutex<HashMap<String, Bucket>>,
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl Limiter {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    /// Takes one request out of the caller's bucket, or says how long until there is one.
    pub(crate) fn admit(&self, caller: String) -> Result<(), Error> {
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_CALLERS {
            buckets.retain(|_, bucket| self.filled(bucket, now) < self.rate.burst);
        }
        let bucket = buckets.entry(caller).or_insert(Bucket { left: self.rate.burst, at: now });
        *bucket = Bucket { left: self.filled(bucket, now), at: now };
        if bucket.left < 1.0 {
            let retry_after = Duration::from_secs_f64((1.0 - bucket.left) / self.rate.per_second);
            return Err(Error::RateLimited { retry_after });
        }
        bucket.left -= 1.0;
        Ok(())
    }

    fn filled(&self, bucket: &Bucket, now: Instant) -> f64 {
        let gained = now.duration_since(bucket.at).as_secs_f64() * self.rate.per_second;
        (bucket.left + gained).min(self.rate.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_then_a_rate_and_each_caller_alone() {
        let limiter = Limiter::new(Rate { per_second: 2.0, burst: 3.0 });
        for _ in 0..3 {
            assert_eq!(limiter.admit("a".to_owned()), Ok(()));
        }
        let retry_after = Duration::from_millis(500);
        assert_eq!(limiter.admit("a".to_owned()), Err(Error::RateLimited { retry_after }));
        assert_eq!(limiter.admit("b".to_owned()), Ok(()));
        tokio::time::advance(retry_after).await;
        assert_eq!(limiter.admit("a".to_owned()), Ok(()));
        assert!(limiter.admit("a".to_owned()).is_err());
    }
}
