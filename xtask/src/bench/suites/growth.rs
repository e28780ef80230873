//! What becomes slower when a log grows: ours on a large log, compared with ours on a small one.

use anyhow::Result;
use serde_json::{Value, json};

use super::{medians, times};
use crate::bench::{
    Bench,
    case::{Case, Side, alternate},
    place::Store,
    program::Prepared,
    row::{Better, Row, Target},
    sample::Sample,
};

const TARGET: Target = Target::must(1.3).reach(1.1);
/// How many commands are sent for each thing that is loaded or fetched.
const COMMANDS: usize = 40;

/// A log that was filled.
struct Log {
    address: String,
    streams: usize,
}

impl Log {
    fn fill(bench: &mut Bench, store: Store, name: &str, streams: usize) -> Result<Self> {
        eprintln!("  filling {streams} streams");
        let address = bench.places.empty_named(store, name)?;
        let request = json!({
            "side": Side::Ours.id(),
            "store": store.id(),
            "address": address,
            "workload": { "kind": "fill", "streams": streams },
        });
        Prepared::start(&bench.evento, &request)?.measure()?;
        Ok(Self { address, streams })
    }

    fn case(&self, store: Store, what: &str, count: usize, cold: bool) -> Case {
        let workload: Value =
            json!({ "kind": "growth", "streams": self.streams, "what": what, "count": count });
        let filled = Some(self.address.clone());
        Case { filled, cold, ..Case::new(Side::Ours, store, workload) }
    }
}

fn of_store(bench: &mut Bench, rows: &mut Vec<Row>, store: Store) -> Result<()> {
    let (small, large) = bench.scale.streams;
    let logs =
        [Log::fill(bench, store, "bench_small", small)?, Log::fill(bench, store, "bench_large", large)?];
    let count = bench.scale.growth;
    let name =
        |what: &str| format!("growth, {}, {small} to {large} streams of 104 events: {what}", store.name());

    let cases = |what: &str, count, cold| logs.each_ref().map(|log| log.case(store, what, count, cold));
    // Appending comes last: it gives some aggregates more events to load than others have.
    for (kind, what) in [("load", "load by snapshot"), ("fetch", "fetch a batch of 500")] {
        for (cold, temperature) in [(false, "warm"), (true, "cold")] {
            let samples = alternate(bench, &cases(kind, count, cold), bench.scale.rounds)?;
            rows.push(times(
                name(&format!("{what}, {temperature}")),
                medians(&samples[1]),
                Some(("small log", medians(&samples[0]))),
                TARGET,
            ));
        }
    }
    let samples = alternate(bench, &cases("append", count * COMMANDS, false), bench.scale.rounds)?;
    let time =
        |samples: &[Sample]| -> Vec<f64> { samples.iter().map(|sample| 1e6 / sample.rate()).collect() };
    rows.push(Row {
        name: name("append, 16 tasks"),
        unit: "µs/command",
        better: Better::Lower,
        ours: time(&samples[1]),
        against: Some(("small log", time(&samples[0]))),
        target: TARGET,
    });
    Ok(())
}

pub(super) fn sqlite(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    of_store(bench, rows, Store::SqliteFull)
}

pub(super) fn postgres(bench: &mut Bench, rows: &mut Vec<Row>) -> Result<()> {
    of_store(bench, rows, Store::Postgres)
}
