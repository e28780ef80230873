//! What is measured: each suite makes rows of the result.

mod commands;

use anyhow::Result;

use super::{Bench, row::Row};

/// Measures something, and adds its rows.
type Suite = fn(&mut Bench, &mut Vec<Row>) -> Result<()>;

/// All suites by their names. They run in this order.
pub(super) const SUITES: &[(&str, Suite)] = &[
    ("commands-memory", commands::memory),
    ("commands-sqlite", commands::sqlite),
    ("commands-postgres", commands::postgres),
];
