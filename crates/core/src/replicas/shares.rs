//! Placement by fair share: what is wanted, divided among the gateways that live.

use switchboard_store::gateways::GatewayRow;

/// A round lets go of this part of the surplus, and of no more than so many: each of them is away for a moment.
const PART: usize = 8;
const MOST_AT_ONCE: usize = 16;

/// How much of the work is whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
    /// The most that each gateway runs.
    each: usize,
    /// How many more the others would run.
    room_elsewhere: usize,
}

impl Shares {
    /// For a gateway that is alone.
    pub(crate) const ALL: Self = Self { each: usize::MAX, room_elsewhere: 0 };

    pub(crate) fn of(wanted: usize, own: &str, living: &[GatewayRow]) -> Self {
        let others: Vec<_> = living.iter().filter(|gateway| gateway.id != own).collect();
        let each = wanted.div_ceil(others.len() + 1);
        let runs = |gateway: &GatewayRow| usize::try_from(gateway.sessions).unwrap_or(0);
        let room_elsewhere = others.into_iter().map(|gateway| each.saturating_sub(runs(gateway))).sum();
        Self { each, room_elsewhere }
    }

    /// How many more to take for one that runs so many.
    pub(crate) fn room(self, running: usize) -> usize {
        self.each.saturating_sub(running)
    }

    /// How many to let go of now: gently, and none that nobody would take.
    pub(crate) fn to_let_go(self, running: usize) -> usize {
        let surplus = running.saturating_sub(self.each).min(self.room_elsewhere);
        surplus.div_ceil(PART).min(MOST_AT_ONCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(id: &str, sessions: i64) -> GatewayRow {
        GatewayRow { id: id.to_owned(), address: None, sessions }
    }

    #[test]
    fn one_that_is_alone_takes_everything_and_keeps_it() {
        for shares in [Shares::of(100, "a", &[gateway("a", 100)]), Shares::of(100, "a", &[])] {
            assert_eq!((shares.room(40), shares.room(100), shares.to_let_go(100)), (60, 0, 0));
        }
        assert_eq!((Shares::ALL.room(100) > 1_000_000, Shares::ALL.to_let_go(100)), (true, 0));
    }

    #[test]
    fn with_others_it_takes_its_share_and_lets_go_of_what_is_above_it_bit_by_bit() {
        let living = [gateway("a", 100), gateway("b", 0), gateway("c", 0)];
        let shares = Shares::of(100, "a", &living);
        assert_eq!((shares.room(0), shares.room(33), shares.room(34)), (34, 1, 0));
        assert_eq!((shares.to_let_go(100), shares.to_let_go(36), shares.to_let_go(34)), (9, 1, 0));
        let shares = Shares::of(3000, "a", &[gateway("a", 3000), gateway("b", 0)]);
        assert_eq!(shares.to_let_go(3000), MOST_AT_ONCE);
    }

    #[test]
    fn what_nobody_has_room_for_stays() {
        let shares = Shares::of(10, "a", &[gateway("a", 6), gateway("b", 5)]);
        assert_eq!(shares.to_let_go(6), 0);
    }

    #[test]
    fn all_sessions_find_room_and_no_share_moves_for_ever() {
        for wanted in 0..50_usize {
            for gateways in 1..6_usize {
                let mut running = vec![0; gateways];
                running[0] = wanted;
                let rounds = (0..1000).find(|_| !round(wanted, &mut running)).expect("it comes to rest");
                let most = wanted.div_ceil(gateways);
                assert!(running.iter().all(|count| *count <= most), "{running:?} after {rounds}");
                assert_eq!(running.iter().sum::<usize>(), wanted);
            }
        }
    }

    /// Everybody looks once, one after the other; tells whether something moved.
    fn round(wanted: usize, running: &mut [usize]) -> bool {
        let before = running.to_vec();
        for own in 0..running.len() {
            let living: Vec<_> =
                running.iter().enumerate().map(|(n, count)| gateway(&n.to_string(), *count as i64)).collect();
            let shares = Shares::of(wanted, &own.to_string(), &living);
            let free = wanted - running.iter().sum::<usize>();
            running[own] += shares.room(running[own]).min(free);
            running[own] -= shares.to_let_go(running[own]);
        }
        before != running
    }
}
