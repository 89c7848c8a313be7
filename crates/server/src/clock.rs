//! The one clock of this room.

use jiff::Timestamp;

/// Now, cut to the microseconds that the store keeps: an instant is the same before it is written and after.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_finer_than_a_microsecond_is_told() {
        for _ in 0..100 {
            assert_eq!(super::now().subsec_nanosecond() % 1000, 0);
        }
    }
}
