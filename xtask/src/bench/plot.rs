//! The plot: throughput over the number of tasks, a panel for each store, a line for each side.

use std::fmt::Write;

/// The throughput of one side on one store.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// The panel that it belongs to.
    pub(super) panel: &'static str,
    /// What the line is called; one name has one colour in all panels.
    pub(super) line: &'static str,
    /// The number of tasks, and the commands per second.
    pub(super) points: Vec<(usize, f64)>,
}

/// The lines with their colours, which people with any kind of sight can tell apart (Okabe and Ito), and their marks, which do
/// without colour.
const LINES: [(&str, &str, Mark); 4] = [
    ("evento", "#0072b2", Mark::Circle),
    ("floor", "#555555", Mark::Square),
    ("cqrs-es", "#d55e00", Mark::Triangle),
    ("lock per append", "#009e73", Mark::Diamond),
];

#[derive(Clone, Copy)]
enum Mark {
    Circle,
    Square,
    Triangle,
    Diamond,
}

const COLUMNS: usize = 2;
const PANEL: (f64, f64) = (460.0, 300.0);
/// The room within a panel for what stands left, above, right and below of the axes.
const ROOM: (f64, f64, f64, f64) = (84.0, 40.0, 24.0, 48.0);
const LEGEND: f64 = 44.0;

/// The plot as SVG.
pub(super) fn svg(curves: &[Curve]) -> String {
    let mut panels: Vec<&str> = Vec::new();
    for curve in curves {
        if !panels.contains(&curve.panel) {
            panels.push(curve.panel);
        }
    }
    let (width, height) =
        (PANEL.0 * COLUMNS as f64, LEGEND + PANEL.1 * panels.len().div_ceil(COLUMNS) as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n\
         <title>Commands per second over the number of tasks</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    let present = LINES.iter().filter(|(name, ..)| curves.iter().any(|curve| curve.line == *name));
    for (index, (name, colour, mark)) in present.enumerate() {
        let x = ROOM.0 + 150.0 * index as f64;
        let _ = writeln!(
            svg,
            "<path d=\"M{} 26h28\" stroke=\"{colour}\" stroke-width=\"2.5\"/>{}<text x=\"{}\" y=\"31\">{name}</text>",
            x,
            mark.svg(x + 14.0, 26.0, colour),
            x + 36.0
        );
    }
    for (index, name) in panels.iter().enumerate() {
        let of_panel: Vec<_> = curves.iter().filter(|curve| curve.panel == *name).collect();
        let left = PANEL.0 * (index % COLUMNS) as f64;
        let top = LEGEND + PANEL.1 * (index / COLUMNS) as f64;
        let _ = writeln!(svg, "<g transform=\"translate({left} {top})\">");
        panel(&mut svg, name, &of_panel);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// One store. Throughput differs by orders of magnitude, so its axis is logarithmic, from a power of ten to another.
fn panel(svg: &mut String, name: &str, curves: &[&Curve]) {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let rates = || points().map(|(_, rate)| rate.max(1.0).log10());
    let (low, high) = (rates().fold(f64::MAX, f64::min).floor(), rates().fold(0.0, f64::max).ceil());
    let high = if high > low { high } else { low + 1.0 };
    let most = points().map(|(tasks, _)| *tasks).max().unwrap_or(1).max(2) as f64;
    let (left, right, top, bottom) = (ROOM.0, PANEL.0 - ROOM.2, ROOM.1, PANEL.1 - ROOM.3);
    let x = |tasks: usize| left + (tasks as f64).log2() / most.log2() * (right - left);
    let y = |rate: f64| bottom - (rate.max(1.0).log10() - low) / (high - low) * (bottom - top);

    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"{}\" font-size=\"15\" font-weight=\"bold\">{name}</text>",
        top - 14.0
    );
    let mut power = low;
    while power <= high {
        let rate = 10_f64.powf(power);
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#dddddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            y(rate) + 4.0,
            power_of_ten(power),
            at = y(rate),
        );
        power += 1.0;
    }
    let mut ticks: Vec<_> = points().map(|(tasks, _)| *tasks).collect();
    ticks.sort_unstable();
    ticks.dedup();
    for tasks in ticks {
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.1} {bottom}v5\" stroke=\"#333333\"/><text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{tasks}</text>",
            bottom + 20.0,
            at = x(tasks)
        );
    }
    let _ = writeln!(
        svg,
        "<path d=\"M{left} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#333333\"/>\
         <text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#333333\">tasks</text>\
         <text transform=\"translate(16 {}) rotate(-90)\" text-anchor=\"middle\" fill=\"#333333\">commands/s</text>",
        f64::midpoint(left, right),
        bottom + 38.0,
        f64::midpoint(top, bottom)
    );
    for curve in curves {
        let Some((_, colour, mark)) = LINES.iter().find(|(name, ..)| *name == curve.line) else { continue };
        let at: Vec<_> = curve.points.iter().map(|(tasks, rate)| (x(*tasks), y(*rate))).collect();
        let path: Vec<_> = at.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>",
            path.join(" ")
        );
        for (x, y) in at {
            let _ = writeln!(svg, "{}", mark.svg(x, y, colour));
        }
    }
}

/// A power of ten as short as it gets: `100`, `10k`, `1M`.
fn power_of_ten(power: f64) -> String {
    let (below, unit) = match power {
        power if power >= 6.0 => (6.0, "M"),
        power if power >= 3.0 => (3.0, "k"),
        _ => (0.0, ""),
    };
    format!("{:.0}{unit}", 10_f64.powf(power - below))
}

impl Mark {
    fn svg(self, x: f64, y: f64, colour: &str) -> String {
        let shape = match self {
            Self::Circle => {
                return format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\"/>");
            }
            Self::Square => "m-4.5 -4.5h9v9h-9z",
            Self::Triangle => "m0 -6l5.5 10h-11z",
            Self::Diamond => "m0 -6l6 6l-6 6l-6 -6z",
        };
        format!("<path d=\"M{x:.1} {y:.1}{shape}\" fill=\"{colour}\"/>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_store_has_a_panel_and_every_side_a_line() {
        let curve =
            |panel, line| Curve { panel, line, points: vec![(1, 900.0), (16, 12_000.0), (64, 80_000.0)] };
        let svg = svg(&[curve("memory", "evento"), curve("memory", "floor"), curve("PostgreSQL", "evento")]);
        assert_eq!(svg.matches("<polyline").count(), 3);
        assert_eq!(svg.matches(">memory</text>").count() + svg.matches(">PostgreSQL</text>").count(), 2);
        assert!(svg.contains(">100</text>") && svg.contains(">100k</text>"), "the powers of ten around it");
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        assert_eq!(svg.matches('<').count(), svg.matches('>').count());
    }

    #[test]
    fn higher_is_further_up() {
        let curve = Curve { panel: "a", line: "floor", points: vec![(1, 10.0), (2, 1_000.0)] };
        let mut text = String::new();
        panel(&mut text, "a", &[&curve]);
        let bottom = PANEL.1 - ROOM.3;
        assert!(text.contains(&format!(
            "points=\"{:.1},{bottom:.1} {:.1},{:.1}\"",
            ROOM.0,
            PANEL.0 - ROOM.2,
            ROOM.1
        )));
    }
}
