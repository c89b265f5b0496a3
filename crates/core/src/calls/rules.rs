//! What a call leads to.

use std::time::Duration;

use switchboard_model::{BlockType, CallBlocking, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Let,
    /// The caller is blocked.
    Reject,
    /// One call too many: this one is rejected, and those that follow.
    RejectAndBlock,
}

/// `calls` counts those of the last 24 hours, this one included.
pub(super) fn judge(settings: &CallBlocking, blocked: bool, calls: i64) -> Verdict {
    if !settings.enabled {
        Verdict::Let
    } else if blocked {
        Verdict::Reject
    } else if calls > i64::from(settings.daily_limit) {
        Verdict::RejectAndBlock
    } else {
        Verdict::Let
    }
}

/// When a block made now ends.
pub(super) fn expiry(kind: BlockType, hours: u32, now: Timestamp) -> Option<Timestamp> {
    match kind {
        BlockType::Temporary => Some(now.after(Duration::from_secs(u64::from(hours) * 3600))),
        BlockType::Permanent => None,
    }
}

/// Whether a contact that got its last reply then may get another.
pub(super) fn reply_due(settings: &CallBlocking, last: Option<Timestamp>, now: Timestamp) -> bool {
    let pause = Duration::from_secs(u64::from(settings.auto_reply_min_interval_seconds));
    last.is_none_or(|last| now.since(last) >= pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_over_the_limit_is_the_first_to_be_rejected() {
        let settings = CallBlocking { enabled: true, daily_limit: 3, ..CallBlocking::default() };
        let verdicts: Vec<_> = (1..=4).map(|calls| judge(&settings, false, calls)).collect();
        assert_eq!(verdicts, [Verdict::Let, Verdict::Let, Verdict::Let, Verdict::RejectAndBlock]);
        assert_eq!(judge(&settings, true, 1), Verdict::Reject);
    }

    #[test]
    fn turned_off_nothing_is_rejected() {
        assert_eq!(judge(&CallBlocking::default(), true, 100), Verdict::Let);
    }

    #[test]
    fn a_reply_waits_for_its_interval() {
        let now = Timestamp::from_secs(1_000);
        let settings = CallBlocking { auto_reply_min_interval_seconds: 60, ..CallBlocking::default() };
        assert!(reply_due(&settings, None, now));
        assert!(!reply_due(&settings, Some(Timestamp::from_secs(941)), now));
        assert!(reply_due(&settings, Some(Timestamp::from_secs(940)), now));
    }

    #[test]
    fn only_a_temporary_block_ends() {
        let now = Timestamp::from_secs(0);
        assert_eq!(expiry(BlockType::Temporary, 2, now), Some(Timestamp::from_secs(7200)));
        assert_eq!(expiry(BlockType::Permanent, 2, now), None);
    }
}
