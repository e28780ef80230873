//! What happens when: drawn from a seed, and nothing else.

use std::time::Duration;

use super::Store;

/// Something that happens to the workers, or to what they work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A process is killed, and another one takes its place.
    Kill(Role),
    /// A process is stopped for some time.
    Stop(Role, Duration),
    /// A process is stopped for longer than the server waits for whoever holds the head. When it is a reader, another one
    /// takes it over meanwhile.
    StopForLong(Role, Duration),
    /// A writer is stopped while it holds the head.
    StopHoldingHead(Duration),
    /// So many connections in this state are cut.
    Cut(u32, &'static str),
    /// All commits are held up for some time.
    HoldCommits(Duration),
    /// The server is stopped at once and started again.
    StopServer,
    /// The same, with a copy of its data taken in between.
    TakeCopy,
    /// The same, with the copy put in the place of its data. A writer and a reader are stopped for so long from before until
    /// after that.
    ReturnToCopy(Duration),
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Writer,
    Reader,
}

/// Faults with the times at which they are due, in order.
pub(super) type Plan = Vec<(Duration, Fault)>;

/// Longer than the five seconds after which a server ends a transaction that holds the head and is silent.
const LONG: std::ops::Range<u64> = 5_500..6_500;

/// Draws a plan for a run of that length.
pub(super) fn draw(store: Store, length: Duration, lots: &mut fastrand::Rng) -> Plan {
    let has_server = store != Store::Sqlite;
    let mut drawing = Drawing { length, lots, plan: Plan::new() };
    drawing.every(700, |lots| Fault::Kill(role(lots)));
    drawing.every(120, |lots| Fault::Stop(role(lots), Duration::from_millis(lots.u64(5..300))));
    drawing.once(0.05, Fault::Kill(Role::Writer));
    drawing.once(0.08, Fault::Kill(Role::Reader));
    for role in [Role::Writer, Role::Reader] {
        drawing.every(15_000, |lots| Fault::StopForLong(role, long(lots)));
        let time = long(drawing.lots);
        drawing.once(0.1, Fault::StopForLong(role, time));
    }
    if has_server {
        drawing.every(150, |lots| Fault::Cut(lots.u32(1..4), lots.choice(STATES).unwrap_or("any")));
        drawing.every(20_000, |lots| Fault::StopHoldingHead(long(lots)));
        drawing.every(10_000, |_| Fault::StopServer);
        drawing.once(0.2, Fault::StopServer);
        drawing.once(0.35, Fault::TakeCopy);
        let time = Duration::from_millis(drawing.lots.u64(500..4_000));
        drawing.once(0.6, Fault::ReturnToCopy(time));
        let time = long(drawing.lots);
        drawing.once(0.85, Fault::StopHoldingHead(time));
    }
    if store == Store::MySql {
        drawing.every(1_500, |lots| Fault::HoldCommits(Duration::from_millis(lots.u64(20..300))));
        drawing.once(0.5, Fault::HoldCommits(Duration::from_millis(300)));
    }
    let mut plan = drawing.plan;
    plan.sort_by_key(|(due, _)| *due);
    plan
}

/// States of connections as PostgreSQL names them.
const STATES: [&str; 4] = ["any", "active", "idle", "idle in transaction"];

fn role(lots: &mut fastrand::Rng) -> Role {
    if lots.bool() { Role::Writer } else { Role::Reader }
}

fn long(lots: &mut fastrand::Rng) -> Duration {
    Duration::from_millis(lots.u64(LONG))
}

struct Drawing<'l> {
    length: Duration,
    lots: &'l mut fastrand::Rng,
    plan: Plan,
}

impl Drawing<'_> {
    /// Something at this part of the time.
    fn once(&mut self, part: f64, fault: Fault) {
        self.plan.push((self.length.mul_f64(part), fault));
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

    fn of_seed(store: Store, seed: u64) -> Plan {
        draw(store, Duration::from_secs(8), &mut fastrand::Rng::with_seed(seed))
    }

    #[test]
    fn a_seed_draws_the_same_plan_again() {
        assert_eq!(of_seed(Store::Postgres, 7), of_seed(Store::Postgres, 7));
        assert_ne!(of_seed(Store::Postgres, 7), of_seed(Store::Postgres, 8));
    }

    #[test]
    fn the_shortest_run_has_everything_that_applies() {
        for (store, seed) in [Store::Postgres, Store::MySql]
            .into_iter()
            .flat_map(|store| (0..50).map(move |seed| (store, seed)))
        {
            let plan = of_seed(store, seed);
            let has = |wanted: fn(&Fault) -> bool| plan.iter().any(|(_, fault)| wanted(fault));
            assert!(has(|fault| matches!(fault, Fault::StopServer)));
            assert!(has(|fault| matches!(fault, Fault::Cut(..))));
            assert!(has(|fault| matches!(fault, Fault::StopHoldingHead(_))));
            assert_eq!(has(|fault| matches!(fault, Fault::HoldCommits(_))), store == Store::MySql);
            let place = |wanted: fn(&Fault) -> bool| plan.iter().position(|(_, fault)| wanted(fault));
            let copy = place(|fault| matches!(fault, Fault::TakeCopy)).expect("a copy");
            let back = place(|fault| matches!(fault, Fault::ReturnToCopy(_))).expect("a return");
            assert!(copy < back, "a copy must be there before it is returned to");
            let server = |fault: &Fault| matches!(fault, Fault::StopServer | Fault::Cut(..));
            assert!(!of_seed(Store::Sqlite, seed).iter().any(|(_, fault)| server(fault)));
        }
    }
}
