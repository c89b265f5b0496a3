//! What a report of the client leads to: go on, try again, or stop with a reason.

use super::state::Step;
use crate::engine::Fact;

#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    GoOn,
    Online,
    /// Messages of ours are answered for.
    Answered,
    Again {
        reason: String,
        pairing_expired: bool,
    },
    Stop(Step),
}

/// `expired` pairings went before this fact; after `rounds` of them nobody seems to be there.
pub(crate) fn judge(fact: &Fact, expired: u32, rounds: u32) -> Verdict {
    match fact {
        Fact::Online { .. } => Verdict::Online,
        Fact::Acked { .. } | Fact::Receipt(_) => Verdict::Answered,
        Fact::Offline { reason } | Fact::Limited { reason } => again(reason),
        Fact::PairingExpired if expired + 1 < rounds => Verdict::Again {
            reason: "nobody used the code in time; a new one follows".to_owned(),
            pairing_expired: true,
        },
        Fact::PairingExpired => disable("nobody used a pairing code in time: connect again to get a new one"),
        Fact::PairingFailed { reason } => {
            disable(&format!("pairing failed: {reason}. Connect again to get a new code"))
        }
        Fact::Replaced => disable(
            "the same device connected from elsewhere: stop the other program, or connect here again to take over",
        ),
        Fact::LoggedOut { reason } => Verdict::Stop(Step::LogOut { reason: reason.clone() }),
        Fact::Refused { reason } => disable(reason),
        Fact::Banned { reason, lasts: Some(_) } => again(reason),
        Fact::Banned { reason, lasts: None } => disable(reason),
        Fact::QrCode { .. }
        | Fact::PairingCode { .. }
        | Fact::PasskeyAsked { .. }
        | Fact::Paired { .. }
        | Fact::CaughtUp
        | Fact::Posted { .. }
        | Fact::ReadElsewhere { .. }
        | Fact::Group(_)
        | Fact::Chat(_)
        | Fact::Label(_)
        | Fact::History(_)
        | Fact::Presence(_)
        | Fact::Profile(_)
        | Fact::Undecryptable { .. }
        | Fact::Call(_) => Verdict::GoOn,
    }
}

fn again(reason: &str) -> Verdict {
    Verdict::Again { reason: reason.to_owned(), pairing_expired: false }
}

fn disable(reason: &str) -> Verdict {
    Verdict::Stop(Step::Disable { reason: reason.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unscanned_code_is_renewed_a_few_times_and_then_explained() {
        let verdict = |expired| judge(&Fact::PairingExpired, expired, 3);
        assert!(matches!(verdict(0), Verdict::Again { pairing_expired: true, .. }));
        assert!(matches!(verdict(1), Verdict::Again { pairing_expired: true, .. }));
        assert!(matches!(verdict(2), Verdict::Stop(Step::Disable { .. })));
    }

    #[test]
    fn a_replaced_session_does_not_fight_back() {
        assert!(matches!(judge(&Fact::Replaced, 0, 3), Verdict::Stop(Step::Disable { .. })));
    }
}
