//! Catching up with a log, with a durable checkpoint.

use anyhow::Result;
use serde_json::json;

use super::rates;
use crate::bench::{
    Bench,
    case::{Case, Side, alternate},
    place::Store,
    row::{Better, Row, Target},
};

fn of_store(bench: &mut Bench, rows: &mut Vec<Row>, store: Store) -> Result<()> {
    let events = bench.scale.catch_up;
    let case = |side, write: bool| {
        Case::new(side, store, json!({ "kind": "catch_up", "events": events, "write": write }))
    };
    let cases =
        [case(Side::Floor, false), case(Side::Ours, false), case(Side::Floor, true), case(Side::Ours, true)];
    let samples = alternate(bench, &cases, bench.scale.rounds)?;
    let row = |what: &str, floor: usize, target| Row {
        name: format!("catch up, {}, {what}", store.name()),
        unit: "events/s",
        better: Better::Higher,
        ours: rates(&samples[floor + 1]),
        against: Some(("naive cursor", rates(&samples[floor]))),
        target,
    };
    rows.push(row("trivial handler", 0, Target::must(0.8).reach(1.5)));
    rows.push(row("one view write per event", 2, Target::must(1.0).reach(2.0)));
    Ok(())
}

pub(super) fn sqlite(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    of_store(bench, rows, Store::SqliteFull)
}

pub(super) fn postgres(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    of_store(bench, rows, Store::Postgres)
}
