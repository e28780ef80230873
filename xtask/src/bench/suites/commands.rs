//! Commands per second: load, check, append one event with optimistic concurrency.

use anyhow::Result;
use serde_json::json;

use crate::bench::{
    Bench,
    case::{Case, Side, alternate},
    place::Store,
    plot::Curve,
    row::{Better, Row, Target},
    sample::{Sample, Spread},
};

const UNIT: &str = "commands/s";
const ACCOUNTS: usize = 200;
/// How many tasks send at the same time.
const TASKS: [usize; 4] = [1, 4, 16, 64];

/// The rates of each side with each number of tasks, one for each round.
struct Matrix {
    store: Store,
    cases: Vec<(Side, usize)>,
    samples: Vec<Vec<Sample>>,
}

impl Matrix {
    fn measure(bench: &mut Bench, store: Store, sides: &[Side]) -> Result<Self> {
        let count = match store {
            Store::Memory => bench.scale.commands_in_memory,
            _ => bench.scale.commands,
        };
        let of_side = |side: &Side| TASKS.map(|tasks| (*side, tasks));
        let there = sides.iter().filter(|side| bench.program(**side).is_some());
        let cases: Vec<_> = there.flat_map(of_side).collect();
        let workload =
            |tasks| json!({ "kind": "commands", "tasks": tasks, "count": count, "accounts": ACCOUNTS });
        let measured: Vec<_> =
            cases.iter().map(|(side, tasks)| Case::new(*side, store, workload(*tasks))).collect();
        let samples = alternate(bench, &measured, bench.scale.rounds)?;
        let matrix = Self { store, cases, samples };
        bench.curves.extend(sides.iter().map(|side| matrix.curve(*side)));
        Ok(matrix)
    }

    fn curve(&self, side: Side) -> Curve {
        let median = |tasks| Some((tasks, Spread::of(self.rates(side, tasks)?)?.median));
        Curve {
            panel: self.store.name(),
            line: side.name(),
            points: TASKS.into_iter().filter_map(median).collect(),
        }
    }

    fn rates(&self, side: Side, tasks: usize) -> Option<Vec<f64>> {
        let index = self.cases.iter().position(|case| *case == (side, tasks))?;
        Some(self.samples[index].iter().map(Sample::rate).collect())
    }

    /// A row that compares ours with a side at the same or another number of tasks.
    fn row(&self, tasks: usize, against: (&'static str, Side, usize), target: Target) -> Option<Row> {
        let (label, side, other) = against;
        let of_tasks = if tasks == 1 { "1 task".to_owned() } else { format!("{tasks} tasks") };
        let what = if (side, other) == (Side::Floor, tasks) {
            String::new()
        } else if other == tasks {
            format!(", against {label}")
        } else {
            format!(", against {label} at {other}")
        };
        Some(Row {
            name: format!("commands, {}, {of_tasks}{what}", self.store.name()),
            unit: UNIT,
            better: Better::Higher,
            ours: self.rates(Side::Ours, tasks)?,
            against: Some((label, self.rates(side, other)?)),
            target,
        })
    }

    fn cqrs_es(&self, tasks: usize, target: Target) -> Option<Row> {
        self.row(tasks, ("cqrs-es", Side::CqrsEs, tasks), target)
    }

    fn floor(&self, tasks: usize, target: Target) -> Option<Row> {
        self.row(tasks, ("floor", Side::Floor, tasks), target)
    }
}

pub(super) fn memory(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    let matrix = Matrix::measure(bench, Store::Memory, &[Side::Floor, Side::CqrsEs, Side::Ours])?;
    rows.extend(matrix.cqrs_es(1, Target::must(4.0).reach(10.0)));
    rows.extend([1, 16, 64].into_iter().filter_map(|tasks| matrix.floor(tasks, Target::NONE)));
    Ok(())
}

pub(super) fn sqlite(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    let full = Matrix::measure(bench, Store::SqliteFull, &[Side::Floor, Side::CqrsEs, Side::Ours])?;
    rows.extend(full.floor(1, Target::must(0.9).reach(1.15)));
    rows.extend(full.floor(16, Target::must(5.0).reach(9.0)));
    rows.extend(full.row(64, ("floor", Side::Floor, 16), Target::NONE));
    rows.extend(full.cqrs_es(16, Target::NONE));
    let normal = Matrix::measure(bench, Store::SqliteNormal, &[Side::Floor, Side::CqrsEs, Side::Ours])?;
    rows.extend(normal.floor(1, Target::NONE));
    rows.extend(normal.floor(16, Target::NONE));
    rows.extend(normal.row(64, ("floor", Side::Floor, 16), Target::NONE));
    Ok(())
}

pub(super) fn postgres(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    let matrix =
        Matrix::measure(bench, Store::Postgres, &[Side::Floor, Side::Locked, Side::CqrsEs, Side::Ours])?;
    rows.extend(matrix.floor(1, Target::must(0.95).reach(1.0)));
    rows.extend(matrix.floor(16, Target::must(2.0).reach(2.5)));
    rows.extend(matrix.cqrs_es(16, Target::must(5.0)));
    rows.extend(matrix.row(64, ("floor", Side::Floor, 16), Target::must(3.3).reach(4.5)));
    rows.extend(matrix.row(16, ("a lock per append", Side::Locked, 16), Target::NONE));
    Ok(())
}

pub(super) fn mariadb(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    let matrix = Matrix::measure(bench, Store::Mariadb, &[Side::Floor, Side::Ours])?;
    rows.extend(matrix.floor(1, Target::NONE));
    rows.extend(matrix.floor(16, Target::must(1.3).reach(2.0)));
    rows.extend(matrix.row(64, ("floor", Side::Floor, 16), Target::NONE));
    Ok(())
}
