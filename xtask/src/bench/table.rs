//! The rows as a table for people.

use super::{row::Row, sample::Spread};

/// The columns of the table.
pub(super) const HEADER: [&str; 7] = ["what", "ours", "compared with", "ratio", "must", "reach for", "met"];

/// The cells of a row.
pub(super) fn cells(row: &Row) -> [String; 7] {
    let against = row.against.as_ref().zip(row.floor());
    let against = against.map(|((name, _), floor)| format!("{name} {}", with_range(floor)));
    let unit = |value: f64| if row.against.is_some() { format!("{} x", short(value)) } else { short(value) };
    let met = match (row.met(), row.reached()) {
        (None, _) => "",
        (Some(false), _) => "no",
        (Some(true), Some(true)) => "yes, and more",
        (Some(true), _) => "yes",
    };
    [
        format!("{} ({})", row.name, row.unit),
        row.ours().map(with_range).unwrap_or_default(),
        against.unwrap_or_default(),
        row.ratio()
            .map(|ratio| format!("{} ({} to {})", short(ratio.median), short(ratio.least), short(ratio.most)))
            .unwrap_or_default(),
        row.target.must.map(unit).unwrap_or_default(),
        row.target.reach.map(unit).unwrap_or_default(),
        met.to_owned(),
    ]
}

/// The table with its columns aligned, for a terminal.
pub(super) fn aligned(rows: &[Row]) -> String {
    let lines: Vec<_> = std::iter::once(HEADER.map(str::to_owned)).chain(rows.iter().map(cells)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..HEADER.len()).map(width).collect();
    let text = |line: &[String; 7]| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(text).collect()
}

/// The table in Markdown.
pub(super) fn markdown(rows: &[Row]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header = line(&HEADER.map(str::to_owned)) + &format!("|{}\n", "---|".repeat(HEADER.len()));
    rows.iter().fold(header, |text, row| text + &line(&cells(row)))
}

fn with_range(spread: Spread) -> String {
    format!("{} ({} to {})", short(spread.median), short(spread.least), short(spread.most))
}

/// A number with about three digits that matter.
pub(super) fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 1000.0 => thousands(value),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len() - index;
        if index > 0 && left % 3 == 0 && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{
        super::row::{Better, Target},
        *,
    };

    #[test]
    fn numbers_are_short() {
        let texts = [1_234_567.8, 999.6, 12.34, 1.234, 0.0051, 0.0].map(short);
        assert_eq!(texts, ["1,234,568", "1000", "12.3", "1.23", "0.0051", "0"]);
    }

    #[test]
    fn a_table_shows_every_row() {
        let row = Row {
            name: "commands".to_owned(),
            unit: "commands/s",
            better: Better::Higher,
            ours: vec![30.0, 10.0, 20.0],
            against: Some(("floor", vec![10.0, 10.0, 10.0])),
            target: Target::must(1.5).reach(3.0),
        };
        assert_eq!(
            cells(&row),
            [
                "commands (commands/s)",
                "20.0 (10.0 to 30.0)",
                "floor 10.0 (10.0 to 10.0)",
                "2.00 (1.00 to 3.00)",
                "1.50 x",
                "3.00 x",
                "yes"
            ]
        );
        assert!(markdown(std::slice::from_ref(&row)).ends_with("| 1.50 x | 3.00 x | yes |\n"));
        assert_eq!(aligned(&[row]).lines().count(), 2);
    }
}
