//! How long an account keeps quiet after a complaint.
//!
//! The first refusal to write to somebody slows the account down, every further one holds it, each twice as long as the
//! one before. After a hold it goes on slowly for as long again, and is well after that.

use std::time::Duration;

use switchboard_model::{Health, HealthCause, HealthLevel, Timestamp};

use crate::engine::Fact;

/// Complaints are counted together within this time.
const MEMORY: Duration = Duration::from_secs(24 * 3600);
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// So many messages go out in the time that the first hold takes.
const SLOW: u32 = 12;

/// What the network's answer says about the account, if anything.
pub(super) fn after(health: &Health, fact: &Fact, now: Timestamp, first_hold: Duration) -> Option<Health> {
    match fact {
        Fact::Banned { reason, lasts } => {
            let until = lasts.map(|lasts| now.after(lasts));
            Some(complaint(health, HealthLevel::Held, HealthCause::Banned, reason.clone(), now, until))
        }
        Fact::Limited { reason } => {
            let until = Some(now.after(length(strikes(health, now), first_hold)));
            Some(complaint(health, HealthLevel::Held, HealthCause::RateLimited, reason.clone(), now, until))
        }
        Fact::Acked { error: Some(code), .. } if code == "463" => Some(refused(health, now, first_hold)),
        // The network lets it in again.
        Fact::Online { .. } if health.cause == Some(HealthCause::Banned) => Some(well(health, now)),
        _ => None,
    }
}

fn refused(health: &Health, now: Timestamp, first_hold: Duration) -> Health {
    let strikes = strikes(health, now);
    let level = if strikes == 1 { HealthLevel::Slowed } else { HealthLevel::Held };
    let reason = "the network refused a message (error 463): the account may not write to people it has no \
                  conversation with for now"
        .to_owned();
    let until = now.after(length(strikes, first_hold));
    // A longer limit stays: what was on its way when it began is refused too.
    let until = health.until.filter(|_| health.level == HealthLevel::Held).map_or(until, |known| known.max(until));
    complaint(health, level, HealthCause::Restricted, reason, now, Some(until))
}

fn complaint(
    health: &Health,
    level: HealthLevel,
    cause: HealthCause,
    reason: String,
    now: Timestamp,
    until: Option<Timestamp>,
) -> Health {
    let strikes = strikes(health, now);
    Health { level, cause: Some(cause), reason: Some(reason), since: Some(now), until, strikes }
}

fn strikes(health: &Health, now: Timestamp) -> u32 {
    let recent = health.since.is_some_and(|since| now.since(since) < MEMORY);
    if recent { health.strikes.saturating_add(1) } else { 1 }
}

fn length(strikes: u32, first_hold: Duration) -> Duration {
    first_hold.saturating_mul(1 << strikes.saturating_sub(1).min(16)).min(LONGEST)
}

/// What comes after a limit that is over: the network told how long a ban lasts, anything else is tried out slowly.
pub(super) fn recovered(health: &Health, now: Timestamp) -> Option<Health> {
    let until = health.until.filter(|until| *until <= now)?;
    let slowly = health.level == HealthLevel::Held && health.cause != Some(HealthCause::Banned);
    if slowly {
        let length = until.since(health.since.unwrap_or(until));
        return Some(Health {
            level: HealthLevel::Slowed,
            since: Some(now),
            until: Some(now.after(length)),
            ..health.clone()
        });
    }
    Some(well(health, now))
}

/// Complaints of the last day are remembered.
fn well(health: &Health, now: Timestamp) -> Health {
    Health { since: Some(now), strikes: health.strikes, ..Health::default() }
}

/// How long no connection is to be made.
pub(crate) fn barred_for(health: &Health, now: Timestamp) -> Duration {
    let barred = matches!(health.cause, Some(HealthCause::Banned | HealthCause::RateLimited));
    if !barred || health.level != HealthLevel::Held {
        return Duration::ZERO;
    }
    health.until.map_or(Duration::ZERO, |until| until.since(now))
}

/// The pause between two messages of an account that goes slowly.
pub(crate) fn pause_between(first_hold: Duration) -> Duration {
    first_hold / SLOW
}
