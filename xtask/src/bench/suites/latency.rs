//! From the call that appends until a handler has the event, while nothing else happens.

use anyhow::Result;
use serde_json::json;

use super::{medians, slowest, times};
use crate::bench::{
    Bench,
    case::{Case, Side, alternate},
    place::Store,
    row::{Row, Target},
};

pub(super) fn postgres(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    let count = bench.scale.latencies;
    let workload = |role: &str| json!({ "kind": "latency", "count": count, "role": role });
    let alone = |side| Case::new(side, Store::Postgres, workload("both"));
    let apart = |side| Case::of_two(side, Store::Postgres, [workload("hear"), workload("send")]);
    let cases = [alone(Side::Floor), alone(Side::Ours), apart(Side::Floor), apart(Side::Ours)];
    let samples = alternate(bench, &cases, bench.scale.rounds)?;
    for (what, floor, target) in
        [("same process", 0, Target::must(1.0)), ("other process", 2, Target::must(1.2))]
    {
        let (floor, ours) = (&samples[floor], &samples[floor + 1]);
        let name = |figure: &str| format!("append to handler, PostgreSQL, idle, {what}, {figure}");
        rows.push(times(name("p50"), medians(ours), Some(("LISTEN/NOTIFY", medians(floor))), target));
        rows.push(times(name("p99"), slowest(ours), Some(("LISTEN/NOTIFY", slowest(floor))), Target::NONE));
    }
    Ok(())
}
