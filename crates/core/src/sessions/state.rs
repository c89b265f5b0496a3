//! Which state follows which: the one place that decides it.
//!
//! Commands and reports arrive late, twice and out of order. A step that makes no sense from here is no step: the
//! state stays, and nothing is announced.

use switchboard_model::{SessionState, Timestamp};

/// What moves a session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Someone asked for a connection.
    Start,
    /// A link is being opened: whatever the row says, none is open now. A crash leaves `connected` behind.
    Open,
    ShowQr {
        expires_at: Timestamp,
    },
    ShowCode {
        expires_at: Timestamp,
    },
    AskPasskey {
        hint: String,
    },
    /// The phone accepted; the client logs in again.
    Paired,
    Online {
        catching_up: bool,
    },
    CaughtUp,
    /// The network limits the account: what waits goes out slowly or not at all.
    Hold {
        until: Option<Timestamp>,
        reason: String,
    },
    /// It does so no more.
    Release,
    /// The connection ended, or never came about.
    Down {
        reason: String,
        retry_at: Option<Timestamp>,
    },
    LogOut {
        reason: String,
    },
    Disable {
        reason: String,
    },
    /// Another program runs this device from now on.
    HandOver {
        lease: String,
    },
    /// It is ours again.
    TakeBack {
        reason: String,
    },
}

/// The state after `step`, or nothing when it changes nothing.
#[must_use]
pub(crate) fn next(state: &SessionState, step: Step) -> Option<SessionState> {
    let next = follow(state, step)?;
    (next != *state).then_some(next)
}

fn follow(state: &SessionState, step: Step) -> Option<SessionState> {
    use SessionState as S;
    match step {
        // While another program runs the device, only its lease decides.
        Step::TakeBack { reason } => {
            matches!(state, S::HandedOver { .. }).then_some(S::Disconnected { reason, retry_at: None })
        }
        _ if matches!(state, S::HandedOver { .. }) => None,
        Step::HandOver { lease } => Some(S::HandedOver { lease }),
        Step::Disable { reason } => Some(S::Disabled { reason }),
        Step::LogOut { reason } => Some(S::LoggedOut { reason }),
        Step::Start => (!state.is_connected() && !state.awaits_pairing()).then_some(S::Connecting),
        Step::Open => (!state.is_terminal()).then_some(S::Connecting),
        // What a dying client still reports must not revive a session that was stopped.
        _ if state.is_terminal() || *state == S::Created => None,
        Step::ShowQr { expires_at } => (!state.is_connected()).then_some(S::WaitingQr { expires_at }),
        Step::ShowCode { expires_at } => (!state.is_connected()).then_some(S::WaitingCode { expires_at }),
        Step::AskPasskey { hint } => (!state.is_connected()).then_some(S::WaitingPasskey { hint }),
        Step::Paired => (!state.is_connected()).then_some(S::Connecting),
        Step::Online { catching_up } => (!matches!(state, S::Held { .. })).then_some(S::Connected { catching_up }),
        Step::Hold { until, reason } => state.is_connected().then_some(S::Held { until, reason }),
        Step::Release => matches!(state, S::Held { .. }).then_some(S::Connected { catching_up: false }),
        Step::CaughtUp => matches!(state, S::Connected { .. }).then_some(S::Connected { catching_up: false }),
        Step::Down { reason, retry_at } => Some(S::Disconnected { reason, retry_at }),
    }
}

#[cfg(test)]
mod tests {
    use SessionState as S;

    use super::*;

    fn down() -> Step {
        Step::Down { reason: "gone".into(), retry_at: None }
    }

    #[test]
    fn the_usual_way() {
        let mut state = S::Created;
        let qr = Step::ShowQr { expires_at: Timestamp::from_secs(1) };
        for (step, word) in [
            (Step::Start, "connecting"),
            (qr, "waiting_qr"),
            (Step::Paired, "connecting"),
            (Step::Online { catching_up: true }, "connected"),
            (Step::CaughtUp, "connected"),
            (down(), "disconnected"),
            (Step::Start, "connecting"),
            (Step::LogOut { reason: "unlinked".into() }, "logged_out"),
        ] {
            state = next(&state, step.clone()).unwrap_or_else(|| panic!("{step:?} changes {state:?}"));
            assert_eq!(state.word(), word);
        }
    }

    #[test]
    fn a_stopped_session_is_not_revived_by_late_reports() {
        for state in [S::LoggedOut { reason: "x".into() }, S::Disabled { reason: "x".into() }, S::Created] {
            for step in [Step::Online { catching_up: false }, Step::Paired, down()] {
                assert_eq!(next(&state, step), None, "{state:?}");
            }
            assert_eq!(next(&state, Step::Start), Some(S::Connecting));
        }
    }

    #[test]
    fn no_report_or_command_moves_a_session_that_was_handed_over() {
        let state = S::HandedOver { lease: "l1".into() };
        let disable = Step::Disable { reason: "x".into() };
        let other = Step::HandOver { lease: "l2".into() };
        let late = [Step::Start, Step::Open, Step::Online { catching_up: false }, down(), disable, other];
        for step in late.into_iter().chain([Step::LogOut { reason: "x".into() }]) {
            assert_eq!(next(&state, step), None);
        }
        let back = next(&state, Step::TakeBack { reason: "given back".into() }).expect("a step");
        assert_eq!((back.word(), back.is_terminal()), ("disconnected", false));
        assert_eq!(next(&back, Step::TakeBack { reason: "again".into() }), None);
    }

    #[test]
    fn what_a_crash_left_behind_is_corrected_when_the_link_opens() {
        let stale = S::Connected { catching_up: false };
        assert_eq!(next(&stale, Step::Start), None, "asking again for what is there changes nothing");
        assert_eq!(next(&stale, Step::Open), Some(S::Connecting));
    }

    #[test]
    fn a_limit_holds_a_connection_and_nothing_else() {
        let hold = || Step::Hold { until: None, reason: "slow down".into() };
        let held = next(&S::Connected { catching_up: true }, hold()).expect("a step");
        assert_eq!((held.word(), held.is_connected()), ("held", true));
        assert_eq!(next(&held, Step::Online { catching_up: false }), None);
        assert_eq!(next(&held, Step::Release), Some(S::Connected { catching_up: false }));
        for state in [S::Connecting, S::Disconnected { reason: "x".into(), retry_at: None }] {
            assert_eq!((next(&state, hold()), next(&state, Step::Release)), (None, None));
        }
    }

    #[test]
    fn repeating_a_step_changes_nothing() {
        let online = S::Connected { catching_up: false };
        assert_eq!(next(&online, Step::CaughtUp), None);
        assert_eq!(next(&online, Step::Start), None);
        assert_eq!(next(&S::Connecting, Step::Start), None);
    }
}
