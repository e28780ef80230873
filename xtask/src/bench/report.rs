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

/// Where the part of the page begins and ends that another command measures.
const COMPILE: (&str, &str) = ("<!-- compile -->\n", "<!-- /compile -->\n");
const PAGE: &str = "benchmarks.md";

/// Writes the page and its plot into a folder.
pub(super) fn write(folder: &Path, machine: &[String], rows: &[Row], curves: &[Curve]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    // There is none yet in a new folder.
    let before = fs::read_to_string(folder.join(PAGE)).unwrap_or_default();
    let compile = compile_part(&before).unwrap_or("Not measured here.\n");
    for (name, text) in [(PAGE, page(machine, rows, compile)), ("benchmarks.svg", plot::svg(curves))] {
        write_file(&folder.join(name), &text)?;
    }
    Ok(())
}

/// Writes what was measured of compiling into the page that is there.
pub(super) fn write_compile(folder: &Path, machine: &[String], rows: &[Row]) -> Result<()> {
    let file = folder.join(PAGE);
    let page = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let before = compile_part(&page).with_context(|| format!("{} has no part for it", file.display()))?;
    let whole = |part: &str| format!("{}{part}{}", COMPILE.0, COMPILE.1);
    let part = format!("{}\n{}", table::markdown(rows), list(machine));
    write_file(&file, &page.replace(&whole(before), &whole(&part)))
}

fn compile_part(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once(COMPILE.0)?;
    Some(rest.split_once(COMPILE.1)?.0)
}

fn write_file(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    eprintln!("wrote {}", file.display());
    Ok(())
}

fn list(machine: &[String]) -> String {
    machine.iter().map(|line| format!("- {line}\n")).collect()
}

fn page(machine: &[String], rows: &[Row], compile: &str) -> String {
    TEXT.replace("{machine}\n", &list(machine))
        .replace("{table}\n", &table::markdown(rows))
        .replace("{compile}\n", &format!("{}{compile}{}", COMPILE.0, COMPILE.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_its_figures() {
        let page = page(&["a fast machine".to_owned()], &[], "it is quick\n");
        assert!(page.contains("- a fast machine\n") && page.contains("| what | ours |"));
        assert!(!page.contains('{'), "something was not filled in");
        assert_eq!(compile_part(&page), Some("it is quick\n"));
    }
}
