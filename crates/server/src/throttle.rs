//! How often somebody may try: token buckets for what is allowed so many times, growing delays for what failed.
//!
//! Both stand in memory alone and forget what is old, so that an attacker who changes names or addresses fills nothing.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Keys remembered at a time; past that the oldest go.
const CAPACITY: usize = 20_000;

/// Who is at the other end, as far as throttling goes: an IPv4 address, or the /64 an IPv6 address lies in, since one
/// customer holds the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client(u64);

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Client(u64::from(u32::from(v4))),
            IpAddr::V6(v6) => Client((u128::from(v6) >> 64) as u64 | 1 << 63),
        }
    }
}

/// So many at once, and so many an hour after that.
pub(crate) struct Buckets<K> {
    burst: f64,
    per_second: f64,
    held: Mutex<HashMap<K, (f64, Instant)>>,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    /// A bucket holds `burst`, and refills at `per_hour`.
    pub fn new(burst: u32, per_hour: u32) -> Self {
        Buckets {
            burst: f64::from(burst.max(1)),
            per_second: f64::from(per_hour.max(1)) / 3600.0,
            held: Mutex::new(HashMap::new()),
        }
    }

    /// Takes `count` out of the key's bucket, or says how long to wait until that many are in it.
    pub fn take(&self, key: &K, count: u32, now: Instant) -> Result<(), Duration> {
        let mut held = self
            .held
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if held.len() >= CAPACITY {
            // A full bucket is the same as none.
            held.retain(|_, (level, seen)| *level + self.refill(*seen, now) < self.burst);
            if held.len() >= CAPACITY {
                held.clear();
            }
        }
        let (level, seen) = held.get(key).copied().unwrap_or((self.burst, now));
        let level = (level + self.refill(seen, now)).min(self.burst);
        let wanted = f64::from(count);
        if level >= wanted {
            held.insert(key.clone(), (level - wanted, now));
            return Ok(());
        }
        held.insert(key.clone(), (level, now));
        let missing = wanted.min(self.burst) - level;
        Err(Duration::from_secs_f64(
            (missing / self.per_second).max(1.0),
        ))
    }

    fn refill(&self, seen: Instant, now: Instant) -> f64 {
        now.saturating_duration_since(seen).as_secs_f64() * self.per_second
    }
}

/// After some failures each next try must wait twice as long as the last, up to a bound.
pub(crate) struct Delays<K> {
    free: u32,
    longest: Duration,
    failed: Mutex<HashMap<K, (u32, Instant)>>,
}

impl<K: Hash + Eq + Clone> Delays<K> {
    /// `free` failures cost nothing; a delay is never longer than `longest`.
    pub fn new(free: u32, longest: Duration) -> Self {
        Delays {
            free,
            longest,
            failed: Mutex::new(HashMap::new()),
        }
    }

    /// How long the key must still wait.
    pub fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let failed = self
            .failed
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let (count, last) = failed.get(key)?;
        let until = *last + self.delay(*count)?;
        until
            .checked_duration_since(now)
            .filter(|left| !left.is_zero())
    }

    /// Notes a failure.
    pub fn failed(&self, key: K, now: Instant) {
        let mut failed = self
            .failed
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if failed.len() >= CAPACITY {
            failed.retain(|_, (_, last)| now.saturating_duration_since(*last) < self.longest);
            if failed.len() >= CAPACITY {
                failed.clear();
            }
        }
        let (count, last) = failed.entry(key).or_insert((0, now));
        // A day of peace forgives.
        if now.saturating_duration_since(*last) > Duration::from_secs(86_400) {
            *count = 0;
        }
        *count = count.saturating_add(1);
        *last = now;
    }

    /// Notes a success: the count begins anew.
    pub fn succeeded(&self, key: &K) {
        self.failed
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .remove(key);
    }

    fn delay(&self, count: u32) -> Option<Duration> {
        let beyond = count.checked_sub(self.free)?;
        Some(Duration::from_secs(1_u64 << beyond.min(20)).min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills() {
        let buckets = Buckets::new(3, 3600);
        let start = Instant::now();
        assert!((0..3).all(|_| buckets.take(&1, 1, start).is_ok()));
        let wait = buckets.take(&1, 1, start).expect_err("it is empty");
        assert_eq!(wait, Duration::from_secs(1));
        assert!(
            buckets.take(&2, 1, start).is_ok(),
            "another key has a bucket of its own"
        );
        assert!(buckets.take(&1, 1, start + Duration::from_secs(1)).is_ok());
        assert!(buckets.take(&1, 3, start + Duration::from_secs(3)).is_err());
        assert!(buckets.take(&1, 3, start + Duration::from_secs(4)).is_ok());
    }

    #[test]
    fn failures_cost_ever_longer_and_a_success_forgives() {
        let delays = Delays::new(2, Duration::from_secs(60));
        let start = Instant::now();
        delays.failed("a", start);
        assert_eq!(delays.wait(&"a", start), None);
        let mut waits = Vec::new();
        for _ in 0..8 {
            delays.failed("a", start);
            waits.push(delays.wait(&"a", start).expect("it waits").as_secs());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(delays.wait(&"b", start), None);
        assert_eq!(delays.wait(&"a", start + Duration::from_secs(60)), None);
        delays.succeeded(&"a");
        assert_eq!(delays.wait(&"a", start), None);
    }

    #[test]
    fn one_customer_is_one_client() {
        let client = |text: &str| Client::from(text.parse::<IpAddr>().expect("an address"));
        assert_eq!(client("2001:db8::1"), client("2001:db8::ffff:2"));
        assert_ne!(client("2001:db8::1"), client("2001:db8:0:1::1"));
        assert_eq!(client("::ffff:10.0.0.1"), client("10.0.0.1"));
        assert_ne!(client("10.0.0.1"), client("10.0.0.2"));
    }
}
