//! How fast one caller may ask.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use switchboard_core::{AskedElsewhere, Error};
use tokio::{
    sync::broadcast::{self, error::TryRecvError},
    time::Instant,
};

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
    /// Who has asked the other gateways meanwhile.
    elsewhere: Mutex<broadcast::Receiver<AskedElsewhere>>,
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl Limiter {
    pub(super) fn new(rate: Rate, elsewhere: broadcast::Receiver<AskedElsewhere>) -> Self {
        Self { rate, buckets: Mutex::default(), elsewhere: Mutex::new(elsewhere) }
    }

    /// Takes one request out of the caller's bucket, or says how long until there is one.
    pub(crate) fn admit(&self, caller: String) -> Result<(), Error> {
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        self.count_along(&mut buckets);
        if buckets.len() >= MOST_CALLERS {
            buckets.retain(|_, bucket| self.filled(bucket, now) < self.rate.burst);
        }
        let bucket = self.bucket(&mut buckets, caller, now);
        if bucket.left < 1.0 {
            let retry_after = Duration::from_secs_f64((1.0 - bucket.left) / self.rate.per_second);
            return Err(Error::RateLimited { retry_after });
        }
        bucket.left -= 1.0;
        Ok(())
    }

    /// A caller's bucket as it was at that time, or is since.
    fn bucket<'b>(&self, buckets: &'b mut HashMap<String, Bucket>, caller: String, at: Instant) -> &'b mut Bucket {
        let bucket = buckets.entry(caller).or_insert(Bucket { left: self.rate.burst, at });
        let at = at.max(bucket.at);
        *bucket = Bucket { left: self.filled(bucket, at), at };
        bucket
    }

    /// What others admitted counts from then on, though it may be more than was left; nobody is kept out for longer
    /// than a full bucket takes to fill.
    fn count_along(&self, buckets: &mut HashMap<String, Bucket>) {
        let mut elsewhere = self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match elsewhere.try_recv() {
                Ok(AskedElsewhere { caller, at }) => {
                    let bucket = self.bucket(buckets, caller, at);
                    bucket.left = (bucket.left - 1.0).max(-self.rate.burst);
                }
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
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
        let limiter = Limiter::new(Rate { per_second: 2.0, burst: 3.0 }, broadcast::channel(1).1);
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

    fn asked(elsewhere: &broadcast::Sender<AskedElsewhere>, caller: &str, times: usize) {
        for _ in 0..times {
            elsewhere.send(AskedElsewhere { caller: caller.to_owned(), at: Instant::now() }).unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_caller_asked_elsewhere_counts_here() {
        let (elsewhere, told) = broadcast::channel(16);
        let limiter = Limiter::new(Rate { per_second: 1.0, burst: 3.0 }, told);
        asked(&elsewhere, "a", 2);
        assert_eq!(limiter.admit("a".to_owned()), Ok(()));
        assert!(limiter.admit("a".to_owned()).is_err());
        assert_eq!(limiter.admit("b".to_owned()), Ok(()));
        asked(&elsewhere, "a", 10);
        assert!(limiter.admit("a".to_owned()).is_err());
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(limiter.admit("a".to_owned()), Ok(()), "nobody is kept out for long");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_asked_elsewhere_counts_from_when_it_was_asked() {
        let (elsewhere, told) = broadcast::channel(16);
        let limiter = Limiter::new(Rate { per_second: 1.0, burst: 3.0 }, told);
        for _ in 0..10 {
            asked(&elsewhere, "a", 1);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        for _ in 0..3 {
            assert_eq!(limiter.admit("a".to_owned()), Ok(()), "the rate was kept");
        }
    }
}
