//! One thing that is measured, and measuring many of them in turn.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Bench, place::Store, program::Prepared, sample::Sample};

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Ours,
    Floor,
    /// By hand, with a lock for each append.
    Locked,
    CqrsEs,
}

impl Side {
    /// For programs.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Floor => "floor",
            Self::Locked => "locked",
            Self::CqrsEs => "cqrs_es",
        }
    }

    /// For people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ours => "evento",
            Self::Floor => "floor",
            Self::Locked => "lock per append",
            Self::CqrsEs => "cqrs-es",
        }
    }
}

/// One thing that is measured in every round.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) side: Side,
    pub(super) store: Store,
    /// What each process does; they begin at the same time.
    pub(super) workloads: Vec<Value>,
    /// Where events are that were put there before; nothing for an empty database in each round.
    pub(super) filled: Option<String>,
    /// Whether nothing may be in any cache.
    pub(super) cold: bool,
}

impl Case {
    pub(super) fn new(side: Side, store: Store, workload: Value) -> Self {
        Self { side, store, workloads: vec![workload], filled: None, cold: false }
    }

    /// A case with two processes that begin at the same time.
    pub(super) fn of_two(side: Side, store: Store, workloads: [Value; 2]) -> Self {
        Self { workloads: workloads.into(), ..Self::new(side, store, Value::Null) }
    }

    /// Measures it once.
    fn measure(&self, bench: &mut Bench) -> Result<Sample> {
        let address = match &self.filled {
            Some(address) => address.clone(),
            None => bench.places.empty(self.store)?,
        };
        if self.cold {
            bench.places.chill(self.store)?;
        }
        let program = bench.program(self.side).context("a side that was left out")?;
        let mut prepared = Vec::new();
        for (index, workload) in self.workloads.iter().enumerate() {
            let request = json!({
                "side": self.side.id(),
                "store": self.store.id(),
                "address": address,
                "fresh": index == 0 && self.filled.is_none(),
                "workload": workload,
            });
            prepared.push(Prepared::start(program, &request)?);
        }
        prepared.iter_mut().try_for_each(Prepared::begin)?;
        let samples = prepared.into_iter().map(Prepared::end).collect::<Result<Vec<_>>>()?;
        let together = samples.into_iter().reduce(|one, other| one.beside(&other));
        together.context("a case without a process")
    }
}

/// Measures all cases in each of the rounds, forth and back, so that nobody is always the first. The samples are those of the
/// cases in their order, a list of one per round each.
pub(super) fn alternate(bench: &mut Bench, cases: &[Case], rounds: usize) -> Result<Vec<Vec<Sample>>> {
    let mut samples = vec![Vec::new(); cases.len()];
    for round in 0..rounds {
        let forth = 0..cases.len();
        let order: Vec<_> = if round % 2 == 0 { forth.collect() } else { forth.rev().collect() };
        for index in order {
            let case = &cases[index];
            let sample = case.measure(bench).with_context(|| {
                format!("{} on {}: {:?}", case.side.id(), case.store.name(), case.workloads)
            })?;
            samples[index].push(sample);
        }
        eprintln!("  round {} of {rounds}", round + 1);
    }
    Ok(samples)
}
