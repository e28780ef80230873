//! What happens when: drawn from a seed, and nothing else.

use std::time::Duration;

use crate::torture::Store;

/// Something that happens to the processes, or to their database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A process is killed, and another one takes its place.
    Kill,
    /// All are killed at the same time, and others take their places.
    KillAll,
    /// A process is killed, and one of the next release takes its place, as others will from then on.
    Release,
    /// A process is stopped for some time, which is shorter than its lease.
    Stop(Duration),
    /// A process is stopped for some time, which is longer than its lease, so that others take over what it has.
    StopBeyondLease(Duration),
    /// The server is stopped at once, and started again after some time. From a lease on, those who were ready must tell.
    StopServer(Duration),
}

/// Faults with the times at which they are due, in order.
pub(super) type Plan = Vec<(Duration, Fault)>;

/// Draws a plan for a run of that length, of processes with that lease.
pub(super) fn draw(store: Store, length: Duration, lease: Duration, lots: &mut fastrand::Rng) -> Plan {
    let mut drawing = Drawing { length, lots, plan: Plan::new() };
    let lease = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX / 8);
    let beyond = |lots: &mut fastrand::Rng| {
        Fault::StopBeyondLease(Duration::from_millis(lots.u64(lease * 3 / 2..lease * 5 / 2)))
    };
    let down = |from: u64| {
        move |lots: &mut fastrand::Rng| {
            Fault::StopServer(Duration::from_millis(lots.u64(from..lease * 5 / 2)))
        }
    };
    drawing.every(2_500, |_| Fault::Kill);
    drawing.every(1_500, |lots| Fault::Stop(Duration::from_millis(lots.u64(10..lease / 2))));
    drawing.every(8_000, beyond);
    drawing.every(20_000, |_| Fault::KillAll);
    drawing.once(0.15, |_| Fault::Kill);
    drawing.once(0.25, |lots| Fault::Stop(Duration::from_millis(lots.u64(10..lease / 2))));
    drawing.once(0.35, beyond);
    drawing.once(0.4, |_| Fault::Release);
    drawing.once(0.8, |_| Fault::KillAll);
    if store != Store::Sqlite {
        drawing.every(12_000, down(lease / 8));
        drawing.once(0.6, down(lease));
    }
    let mut plan = drawing.plan;
    plan.sort_by_key(|(due, _)| *due);
    plan
}

struct Drawing<'l> {
    length: Duration,
    lots: &'l mut fastrand::Rng,
    plan: Plan,
}

impl Drawing<'_> {
    /// Something at this part of the time.
    fn once(&mut self, part: f64, mut fault: impl FnMut(&mut fastrand::Rng) -> Fault) {
        self.plan.push((self.length.mul_f64(part), fault(self.lots)));
    }

    /// Something again and again, with so many milliseconds in between on average.
    fn every(&mut self, millis: u64, mut fault: impl FnMut(&mut fastrand::Rng) -> Fault) {
        let mut due = Duration::ZERO;
        loop {
            due += Duration::from_millis(self.lots.u64(..2 * millis));
            if due >= self.length {
                return;
            }
            let fault = fault(self.lots);
            self.plan.push((due, fault));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_millis(1_500);

    fn of_seed(store: Store, seed: u64) -> Plan {
        draw(store, Duration::from_secs(6), LEASE, &mut fastrand::Rng::with_seed(seed))
    }

    #[test]
    fn a_seed_draws_the_same_plan_again() {
        assert_eq!(of_seed(Store::Postgres, 7), of_seed(Store::Postgres, 7));
        assert_ne!(of_seed(Store::Postgres, 7), of_seed(Store::Postgres, 8));
    }

    #[test]
    fn the_shortest_run_has_everything_that_applies() {
        for (store, seed) in Store::ALL.into_iter().flat_map(|store| (0..50).map(move |seed| (store, seed))) {
            let plan = of_seed(store, seed);
            let has = |wanted: fn(&Fault) -> bool| plan.iter().any(|(_, fault)| wanted(fault));
            assert!(has(|fault| matches!(fault, Fault::Kill)));
            assert!(has(|fault| matches!(fault, Fault::KillAll)));
            // Whatever is left of the first release when the next one comes is gone in the end.
            let at = |wanted: Fault| plan.iter().rposition(|(_, fault)| *fault == wanted);
            assert!(at(Fault::Release) < at(Fault::KillAll));
            assert!(has(|fault| matches!(fault, Fault::Stop(time) if *time < LEASE)));
            assert!(has(|fault| matches!(fault, Fault::StopBeyondLease(time) if *time > LEASE)));
            let is_told_of = has(|fault| matches!(fault, Fault::StopServer(time) if *time >= LEASE));
            assert_eq!(is_told_of, store != Store::Sqlite);
        }
    }
}
