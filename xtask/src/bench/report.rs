//! The page that tells everybody: `docs/benchmarks.md`, and its plot.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{
    plot::{self, Curve},
    row::Row,
    table,
};

/// What stands on the page around the figures.
const TEXT: &str = include_str!("report.md");

/// Writes the page.
pub(super) fn write(root: &Path, machine: &[String], rows: &[Row], curves: &[Curve]) -> Result<()> {
    let page = page(machine, rows);
    for (file, text) in [("docs/benchmarks.md", &page), ("docs/benchmarks.svg", &plot::svg(curves))] {
        fs::write(root.join(file), text).with_context(|| format!("{file} cannot be written"))?;
        eprintln!("wrote {file}");
    }
    Ok(())
}

fn page(machine: &[String], rows: &[Row]) -> String {
    let machine: String = machine.iter().map(|line| format!("- {line}\n")).collect();
    TEXT.replace("{machine}\n", &machine).replace("{table}\n", &table::markdown(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_its_figures() {
        let page = page(&["a fast machine".to_owned()], &[]);
        assert!(page.contains("- a fast machine\n") && page.contains("| what | ours |"));
        assert!(!page.contains('{'), "something was not filled in");
    }
}
