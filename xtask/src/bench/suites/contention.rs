//! Commands of two processes at once, and of many tasks on few aggregates.

use anyhow::Result;
use serde_json::json;

use super::rates;
use crate::bench::{
    Bench,
    case::{Case, Side, alternate},
    place::Store,
    row::{Better, Row, Target},
};

const UNIT: &str = "commands/s";
const TASKS: usize = 16;
const ACCOUNTS: usize = 200;
const HOT_ACCOUNTS: usize = 4;

/// Each process has accounts of its own.
pub(super) fn two_processes(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    let count = bench.scale.commands;
    let workload = |first: usize| {
        json!({
            "kind": "commands", "tasks": TASKS, "count": count, "accounts": ACCOUNTS, "first_account": first,
        })
    };
    let case = |side| Case::of_two(side, Store::Postgres, [workload(0), workload(ACCOUNTS)]);
    let samples = alternate(bench, &[case(Side::Floor), case(Side::Ours)], bench.scale.rounds)?;
    rows.push(Row {
        name: "commands, PostgreSQL, two processes of 16 tasks".to_owned(),
        unit: UNIT,
        better: Better::Higher,
        ours: rates(&samples[1]),
        against: Some(("two floors", rates(&samples[0]))),
        target: Target::must(2.2).reach(3.0),
    });
    Ok(())
}

fn hot(bench: &mut Bench, rows: &mut Vec<Row>, store: Store, target: Target) -> Result<()> {
    let count = match store {
        Store::Memory => bench.scale.commands_in_memory,
        _ => bench.scale.commands,
    };
    let workload = json!({
        "kind": "commands", "tasks": TASKS, "count": count, "accounts": HOT_ACCOUNTS, "hot": true,
    });
    let case = |side| Case::new(side, store, workload.clone());
    let samples = alternate(bench, &[case(Side::Floor), case(Side::Ours)], bench.scale.rounds)?;
    rows.push(Row {
        name: format!("commands, {}, 16 tasks on 4 hot aggregates", store.name()),
        unit: UNIT,
        better: Better::Higher,
        ours: rates(&samples[1]),
        against: Some(("floor with retries", rates(&samples[0]))),
        target,
    });
    Ok(())
}

/// What every store must reach that has something to wait for.
const HOT: Target = Target::must(2.0).reach(5.0);

/// A map behind a lock has no retries to save, and no framework around it: the row is there to be seen.
pub(super) fn hot_memory(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    hot(bench, rows, Store::Memory, Target::NONE)
}

pub(super) fn hot_sqlite(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    hot(bench, rows, Store::SqliteFull, HOT)
}

pub(super) fn hot_postgres(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    hot(bench, rows, Store::Postgres, HOT)
}

pub(super) fn hot_mariadb(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    hot(bench, rows, Store::Mariadb, HOT)
}
