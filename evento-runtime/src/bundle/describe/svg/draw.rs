//! The markup of the picture.

use std::fmt::Write;

use super::{
    super::Description,
    cards::{Card, Cards, Port, Row, What, Wire},
    geometry::{Area, Branch, Geometry, INDENT, INSET, MARGIN, Route, TOP, row_middle, shortened},
};
use crate::component::ComponentKind;

const STYLE: &str = include_str!("style.css");

/// What the columns are for.
const COLUMNS: [&str; 3] = ["who calls", "who decides, acts and answers", "who reads the log"];

/// How round the corners of wires and cards are.
const BEND: i32 = 6;
/// The length of an arrow's head.
const HEAD: i32 = 8;

pub(super) fn svg(description: &Description, cards: &Cards, geometry: &Geometry) -> String {
    let Geometry { width, height, .. } = geometry;
    let mut svg = String::with_capacity(16 * 1024);
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"system-ui, 'DejaVu Sans', sans-serif\" role=\"img\">"
    );
    let id = escaped(description.id);
    let _ = writeln!(svg, "<title>The components of the bundle {id} and what goes between them</title>");
    let _ = writeln!(svg, "<style>\n{STYLE}</style>");
    let _ = writeln!(svg, "<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>");
    heading(&mut svg, description, geometry);
    svg.push_str("<g class=\"wires\">\n");
    let mut wires: Vec<_> = cards.wires.iter().zip(&geometry.routes).collect();
    // What is thin passes over what is thick.
    wires.sort_by_key(|(wire, _)| match wire.what {
        What::Event => 0,
        What::View => 1,
        _ => 2,
    });
    for (wire, route) in wires {
        self::wire(&mut svg, wire, route, cards);
    }
    svg.push_str("</g>\n");
    for (card, area) in cards.cards.iter().zip(&geometry.cards) {
        self::card(&mut svg, card, *area);
    }
    svg.push_str("</svg>\n");
    svg
}

/// The title, what the strokes mean, and what the columns are.
fn heading(svg: &mut String, description: &Description, geometry: &Geometry) {
    let count = description.components.len();
    let plural = if count == 1 { "" } else { "s" };
    let _ = writeln!(
        svg,
        "<text class=\"ink\" x=\"{MARGIN}\" y=\"38\" font-size=\"19\" font-weight=\"bold\">{}\
         <tspan class=\"muted\" font-size=\"12\" font-weight=\"normal\" dx=\"12\">version {}, {count} component{plural}</tspan></text>",
        escaped(&shortened(description.id)),
        description.version
    );
    let mut x = MARGIN;
    for (what, label) in [
        (What::Command, "command"),
        (What::Event, "event"),
        (What::Query, "query"),
        (What::View, "view or tables"),
    ] {
        let _ = writeln!(
            svg,
            "<g class=\"{}\"><path class=\"line\" d=\"M{x} 64h30\"/>{}\
             <text class=\"caption muted\" x=\"{}\" y=\"68\">{label}</text></g>",
            what.label(),
            arrow(x + 38, 64, -1),
            x + 46
        );
        x += if what == What::View { 160 } else { 116 };
    }
    let _ = writeln!(
        svg,
        "<g class=\"muted\"><circle class=\"loose\" cx=\"{x}\" cy=\"64\" r=\"3.5\"/>\
         <text class=\"caption\" x=\"{}\" y=\"68\">nobody at the other end</text></g>",
        x + 10
    );
    for ((left, width), title) in geometry.columns.iter().zip(COLUMNS) {
        if *width > 0 {
            let y = TOP - 10;
            let _ = writeln!(svg, "<text class=\"caption muted\" x=\"{left}\" y=\"{y}\">{title}</text>");
        }
    }
}

fn wire(svg: &mut String, wire: &Wire, route: &Route, cards: &Cards) {
    let names = |is_source: bool| {
        let mut names: Vec<_> = wire
            .ends
            .iter()
            .filter(|end| end.is_source == is_source)
            .map(|end| escaped(cards.cards[end.card].name))
            .collect();
        names.dedup();
        names.join(", ")
    };
    let path = path(route);
    let _ = write!(
        svg,
        "<g class=\"{kind}\"><title>{kind} {}: {} → {}</title><path class=\"halo\" d=\"{path}\"/><path class=\"line\" d=\"{path}\"/>",
        escaped(wire.name),
        names(true),
        names(false),
        kind = wire.what.label(),
    );
    let inner = route.branches.len().saturating_sub(1);
    for (index, Branch { x, y, is_source }) in route.branches.iter().enumerate() {
        if 0 < index && index < inner {
            let _ = write!(svg, "<circle class=\"mark\" cx=\"{}\" cy=\"{y}\" r=\"3\"/>", route.track);
        }
        if *is_source {
            let _ = write!(svg, "<circle class=\"mark\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>");
        } else {
            svg.push_str(&arrow(*x, *y, (route.track - x).signum()));
        }
    }
    svg.push_str("</g>\n");
}

/// The head of an arrow with its tip there, whose line comes from the right (1) or from the left (-1).
fn arrow(x: i32, y: i32, from: i32) -> String {
    format!("<path class=\"mark\" d=\"M{x} {y}l{} -4.5v9z\"/>", from * HEAD)
}

/// The line from the uppermost branch along the track to the lowest, and the branches in between.
fn path(route: &Route) -> String {
    let Route { track, branches } = route;
    let (Some(first), Some(last)) = (branches.first(), branches.last()) else { return String::new() };
    let side = |branch: &Branch| (branch.x - track).signum();
    // A line ends where the head of its arrow begins.
    let end =
        |branch: &Branch| if branch.is_source { branch.x } else { branch.x - side(branch) * (HEAD - 1) };
    let bend = BEND.min((last.y - first.y) / 2);
    let mut path = format!(
        "M{} {}H{}Q{track} {} {track} {}V{}Q{track} {} {} {}H{}",
        end(first),
        first.y,
        track + side(first) * bend,
        first.y,
        first.y + bend,
        last.y - bend,
        last.y,
        track + side(last) * bend,
        last.y,
        end(last)
    );
    for branch in branches.iter().skip(1).take(branches.len().saturating_sub(2)) {
        let _ = write!(path, "M{} {}H{track}", end(branch), branch.y);
    }
    path
}

fn card(svg: &mut String, card: &Card, area: Area) {
    let Area { left, top, width, height } = area;
    let (middle, caption_at) = (top + 16, top + 29);
    let kind = card.kind.map_or("remote", ComponentKind::label);
    let edge = width - 2 * BEND;
    let _ = writeln!(
        svg,
        "<g class=\"card {kind}\"><rect class=\"body\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"{BEND}\"/>\
         <path class=\"head\" d=\"M{left} {}v-{straight}q0 -{BEND} {BEND} -{BEND}h{edge}q{BEND} 0 {BEND} {BEND}v{straight}z\"/>",
        top + 35,
        straight = 35 - BEND,
    );
    let x = left + INSET;
    let _ = writeln!(
        svg,
        "<text class=\"name ink\" x=\"{x}\" y=\"{middle}\">{}{}</text>\
         <text class=\"caption muted\" x=\"{x}\" y=\"{caption_at}\">{}</text>",
        whole(card.name),
        escaped(&shortened(card.name)),
        escaped(&card.caption)
    );
    for (index, row) in card.rows.iter().enumerate() {
        self::row(svg, row, area, top + row_middle(index));
    }
    svg.push_str("</g>\n");
}

fn row(svg: &mut String, row: &Row, area: Area, y: i32) {
    let kind = row.what.label();
    let x = area.left + INSET + if row.indented { INDENT } else { 0 };
    let repeated = if row.repeated { " repeated" } else { "" };
    let _ = write!(
        svg,
        "<text class=\"row {kind}{repeated}\" x=\"{x}\" y=\"{}\" xml:space=\"preserve\">{}<tspan class=\"muted\">{}</tspan>{}</text>",
        y + 4,
        whole(row.name),
        row.verb,
        escaped(&shortened(row.name))
    );
    for (port, x) in row.ports.iter().zip([area.left, area.right()]) {
        if *port == Some(Port::Loose) {
            let _ = write!(svg, "<circle class=\"loose {kind}\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>");
        }
    }
    svg.push('\n');
}

/// The whole of a name that is shortened, for those who point at it.
fn whole(name: &str) -> String {
    if shortened(name) == name { String::new() } else { format!("<title>{}</title>", escaped(name)) }
}

/// A text that is no markup. Characters that XML does not know, and line breaks, are spaces.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{super::super::sample, *};

    /// The names of open elements after each tag; of what is not well formed, the place.
    fn well_formed(svg: &str) -> Result<usize, String> {
        let (mut open, mut elements, mut rest) = (Vec::new(), 0, svg);
        while let Some(at) = rest.find('<') {
            let (text, tag) = rest.split_at(at);
            if text.contains(['>', '"']) && open.last() != Some(&"style") {
                return Err(format!("markup in a text: {text}"));
            }
            if text
                .replace("&amp;", "")
                .replace("&lt;", "")
                .replace("&gt;", "")
                .replace("&quot;", "")
                .replace("&apos;", "")
                .contains('&')
            {
                return Err(format!("an unknown entity: {text}"));
            }
            let end = tag.find('>').ok_or("a tag without end")?;
            let inner = &tag[1..end];
            rest = &tag[end + 1..];
            if let Some(name) = inner.strip_prefix('/') {
                if open.pop() != Some(name) {
                    return Err(format!("</{name}> closes nothing"));
                }
                continue;
            }
            elements += 1;
            if inner.matches('"').count() % 2 != 0 {
                return Err(format!("a quote is missing: {inner}"));
            }
            if !inner.ends_with('/') {
                open.push(inner.split(' ').next().unwrap_or_default());
            }
        }
        if open.is_empty() && rest.trim().is_empty() {
            Ok(elements)
        } else {
            Err(format!("{open:?} stay open"))
        }
    }

    #[test]
    fn a_picture_is_well_formed() {
        for description in [sample::shop(), sample::of_components(40), sample::odd()] {
            let svg = description.to_svg();
            let elements = well_formed(&svg).unwrap_or_else(|wrong| panic!("{wrong}\n{svg}"));
            assert!(elements > 20);
            assert!(!svg.contains(|character: char| character.is_control() && character != '\n'));
            assert_eq!(
                svg.matches("<g class=\"card ").count(),
                description.components.len() + usize::from(!description.remote.is_empty())
            );
        }
        assert!(well_formed("<a><b></a>").is_err() && well_formed("<a>&b;</a>").is_err());
    }

    #[test]
    fn every_kind_of_wire_has_a_stroke_of_its_own() {
        let svg = sample::shop().to_svg();
        for what in [What::Command, What::Event, What::Query, What::View] {
            assert!(svg.contains(&format!("<g class=\"{}\"><title>", what.label())), "{svg}");
            assert!(STYLE.contains(&format!(".{} .line {{", what.label())));
        }
        assert!(svg.contains("<title>event OrderPlaced: Order → Process, Orders</title>"), "{svg}");
        assert!(svg.contains("<circle class=\"loose event\""), "nobody handles `MailSent`");
    }

    #[test]
    fn names_are_texts() {
        let svg = sample::odd().to_svg();
        assert!(svg.contains("Pair&lt;&quot;A&quot;, &amp;&apos;b B&gt;"), "{svg}");
        assert!(svg.contains("]]&gt;") && svg.contains("注文する"));
    }

    /// The same code gives the same picture.
    #[test]
    fn a_picture_is_repeatable() {
        assert_eq!(sample::of_components(40).to_svg(), sample::of_components(40).to_svg());
    }
}
