//! What is measured: each suite makes rows of the result.

mod catch_up;
mod commands;
mod contention;
mod growth;
mod latency;
mod load;

use anyhow::Result;

use super::{
    Bench,
    row::{Better, Row, Target},
    sample::Sample,
};

/// Measures something, and adds its rows.
type Suite = fn(&mut Bench, &mut Vec<Row>) -> Result<()>;

/// All suites by their names. They run in this order.
pub(super) const SUITES: &[(&str, Suite)] = &[
    ("commands-memory", commands::memory),
    ("commands-sqlite", commands::sqlite),
    ("commands-postgres", commands::postgres),
    ("commands-mariadb", commands::mariadb),
    ("two-processes-postgres", contention::two_processes),
    ("hot-memory", contention::hot_memory),
    ("hot-sqlite", contention::hot_sqlite),
    ("hot-postgres", contention::hot_postgres),
    ("hot-mariadb", contention::hot_mariadb),
    ("load-sqlite", load::sqlite),
    ("load-postgres", load::postgres),
    ("catch-up-sqlite", catch_up::sqlite),
    ("catch-up-postgres", catch_up::postgres),
    ("latency-postgres", latency::postgres),
    ("growth-sqlite", growth::sqlite),
    ("growth-postgres", growth::postgres),
];

/// How many events a second were handled, or commands, in each round.
fn rates(samples: &[Sample]) -> Vec<f64> {
    samples.iter().map(Sample::rate).collect()
}

/// The median time in each round, in milliseconds.
fn medians(samples: &[Sample]) -> Vec<f64> {
    samples.iter().filter_map(|sample| sample.p50).collect()
}

/// What 99 of 100 took at most in each round, in milliseconds.
fn slowest(samples: &[Sample]) -> Vec<f64> {
    samples.iter().filter_map(|sample| sample.p99).collect()
}

/// A row of times in milliseconds that compares ours with something.
fn times(name: String, ours: Vec<f64>, against: Option<(&'static str, Vec<f64>)>, target: Target) -> Row {
    Row { name, unit: "ms", better: Better::Lower, ours, against, target }
}
