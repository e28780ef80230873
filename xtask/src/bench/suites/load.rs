//! Loading an aggregate of 10,000 events.

use anyhow::Result;
use serde_json::json;

use super::{medians, times};
use crate::bench::{
    Bench,
    case::{Case, Side, alternate},
    place::Store,
    row::{Row, Target},
};

const EVENTS: usize = 10_000;
/// How many milliseconds the state may take from a snapshot.
const SNAPSHOT: f64 = 0.5;
/// How many milliseconds we would like the state to take from the cache.
const CACHE: f64 = 0.005;
/// What comes from the cache takes so little that it must be asked often.
const CACHED: usize = 20;

fn of_store(bench: &mut Bench, rows: &mut Vec<Row>, store: Store) -> Result<()> {
    let repeat = bench.scale.loads;
    let case = |side, from: &str, repeat: usize| {
        let workload = json!({ "kind": "load", "events": EVENTS, "from": from, "repeat": repeat });
        Case::new(side, store, workload)
    };
    let cases = [
        case(Side::Floor, "replay", repeat),
        case(Side::Ours, "replay", repeat),
        case(Side::Ours, "snapshot", repeat),
        case(Side::Ours, "cache", repeat * CACHED),
    ];
    let samples = alternate(bench, &cases, bench.scale.rounds)?;
    let name = |from: &str| format!("load {EVENTS} events, {}, {from}", store.name());
    rows.push(times(
        name("replay"),
        medians(&samples[1]),
        Some(("floor", medians(&samples[0]))),
        Target::must(1.5).reach(1.2),
    ));
    rows.push(times(name("from a snapshot"), medians(&samples[2]), None, Target::must(SNAPSHOT)));
    rows.push(times(name("from the cache"), medians(&samples[3]), None, Target::NONE.reach(CACHE)));
    Ok(())
}

pub(super) fn sqlite(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    of_store(bench, rows, Store::SqliteFull)
}

pub(super) fn postgres(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    of_store(bench, rows, Store::Postgres)
}
