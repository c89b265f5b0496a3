//! Slows guessing down, per address and per account, without locking anybody out for long.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use switchboard_model::Timestamp;

use crate::Error;

/// Failures are forgotten after this long without another.
const MEMORY: Duration = Duration::from_secs(15 * 60);
const MOST_ENTRIES: usize = 10_000;

/// An account waits a minute at most: else whoever knows its name could keep its owner out.
const ACCOUNT: Limit = Limit { free: 5, longest: Duration::from_secs(60) };
const ADDRESS: Limit = Limit { free: 20, longest: MEMORY };

#[derive(Default)]
pub(crate) struct Throttle {
    addresses: Mutex<Attempts<IpAddr>>,
    accounts: Mutex<Attempts<String>>,
}

impl Throttle {
    /// Counts an attempt, as failed until [`succeeded`](Self::succeeded) says otherwise, or tells how long to wait.
    pub(crate) fn admit(&self, now: Timestamp, address: Option<IpAddr>, account: &str) -> Result<(), Error> {
        if let Some(address) = address {
            lock(&self.addresses).admit(now, network(address), ADDRESS)?;
        }
        self.admit_account(now, account)
    }

    pub(crate) fn admit_account(&self, now: Timestamp, account: &str) -> Result<(), Error> {
        lock(&self.accounts).admit(now, account.to_owned(), ACCOUNT)
    }

    /// Clears the account, and takes this one attempt off the address: other accounts guessed from there still count.
    pub(crate) fn succeeded(&self, address: Option<IpAddr>, account: &str) {
        lock(&self.accounts).0.remove(account);
        if let Some(address) = address {
            lock(&self.addresses).forgive(&network(address));
        }
    }
}

#[derive(Clone, Copy)]
struct Limit {
    /// So many failures cost nothing; the next ones double the wait, from one second on.
    free: u32,
    longest: Duration,
}

impl Limit {
    fn wait(self, failures: u32) -> Duration {
        match failures.checked_sub(self.free) {
            None => Duration::ZERO,
            Some(over) => Duration::from_secs(1 << over.min(20)).min(self.longest),
        }
    }
}

struct Attempts<K>(HashMap<K, Failures>);

impl<K> Default for Attempts<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl<K: Eq + Hash + Clone> Attempts<K> {
    fn admit(&mut self, now: Timestamp, key: K, limit: Limit) -> Result<(), Error> {
        self.make_room(now);
        let failures = self.0.entry(key).or_insert(Failures { count: 0, last: now });
        if now.since(failures.last) >= MEMORY {
            failures.count = 0;
        }
        let (wait, waited) = (limit.wait(failures.count), now.since(failures.last));
        if waited < wait {
            return Err(Error::RateLimited { retry_after: wait - waited });
        }
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
        Ok(())
    }

    fn forgive(&mut self, key: &K) {
        if let Some(failures) = self.0.get_mut(key) {
            failures.count = failures.count.saturating_sub(1);
        }
    }

    /// Forgets what is old; if that is not enough, whoever has been quiet the longest.
    fn make_room(&mut self, now: Timestamp) {
        if self.0.len() < MOST_ENTRIES {
            return;
        }
        self.0.retain(|_, failures| now.since(failures.last) < MEMORY);
        if self.0.len() >= MOST_ENTRIES
            && let Some(oldest) = self.0.iter().min_by_key(|(_, failures)| failures.last).map(|(key, _)| key.clone())
        {
            self.0.remove(&oldest);
        }
    }
}

/// One customer gets a whole /64, so that is what counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    fn wait(outcome: Result<(), Error>) -> Option<u64> {
        match outcome {
            Ok(()) => None,
            Err(Error::RateLimited { retry_after }) => Some(retry_after.as_secs()),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_account_waits_longer_with_each_failure_but_never_long() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            assert_eq!(wait(throttle.admit_account(at(0), "ann")), None);
        }
        assert_eq!(wait(throttle.admit_account(at(0), "ann")), Some(1));
        assert_eq!(wait(throttle.admit_account(at(0), "bob")), None);
        assert_eq!(wait(throttle.admit_account(at(1), "ann")), None);
        assert_eq!(wait(throttle.admit_account(at(1), "ann")), Some(2));
        let mut now = 1;
        for _ in 0..20 {
            now += 60;
            assert_eq!(wait(throttle.admit_account(at(now), "ann")), None, "a minute is always enough");
        }
        assert_eq!(wait(throttle.admit_account(at(now), "ann")), Some(60));
        assert_eq!(wait(throttle.admit_account(at(now + 900), "ann")), None);
        assert_eq!(wait(throttle.admit_account(at(now + 900), "ann")), None, "old failures are forgotten");
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_slowed() {
        let throttle = Throttle::default();
        let address = |last: u16| Some(IpAddr::V6(Ipv6Addr::new(0x2a00, 1, 2, 3, 0, 0, 0, last)));
        for i in 0..20 {
            assert_eq!(wait(throttle.admit(at(0), address(i), &format!("user{i}"))), None);
        }
        assert_eq!(wait(throttle.admit(at(0), address(99), "someone")), Some(1), "the whole /64 counts");
        assert_eq!(wait(throttle.admit(at(0), Some([9, 9, 9, 9].into()), "someone")), None);
    }

    #[test]
    fn success_clears_the_account_and_only_its_own_attempt_of_the_address() {
        let throttle = Throttle::default();
        let address = Some(IpAddr::from([9, 9, 9, 9]));
        for _ in 0..100 {
            assert_eq!(wait(throttle.admit(at(0), address, "ann")), None);
            throttle.succeeded(address, "ann");
        }
        for i in 0..20 {
            assert_eq!(wait(throttle.admit(at(0), address, &format!("user{i}"))), None);
        }
        throttle.succeeded(address, "user19");
        assert_eq!(wait(throttle.admit(at(0), address, "a")), None);
        assert_eq!(wait(throttle.admit(at(0), address, "b")), Some(1));
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for i in 0..MOST_ENTRIES + 500 {
            throttle.admit_account(at(0), &format!("user{i}")).unwrap();
        }
        assert_eq!(lock(&throttle.accounts).0.len(), MOST_ENTRIES);
    }
}
