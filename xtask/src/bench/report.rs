//! The page that tells everybody: `docs/benchmarks.md`, and its plot.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{
    plot::{self, Curve},
    row::Row,
    table,
};

/// What stands on the page around the figures.
const TEXT: &str = include_str!("report.txt");

/// Writes the page and its plot into a folder.
pub(super) fn write(folder: &Path, machine: &[String], rows: &[Row], curves: &[Curve]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for (name, text) in [("benchmarks.md", page(machine, rows)), ("benchmarks.svg", plot::svg(curves))] {
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        eprintln!("wrote {}", file.display());
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
