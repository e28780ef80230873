//! The graph as a flowchart in the language of Mermaid, which many places show where Markdown is shown.

use std::{collections::BTreeMap, fmt::Write};

use super::{ComponentDescription, Description, EdgeKind};
use crate::component::ComponentKind;

/// Who stands together, in the order of the flow.
const GROUPS: [(&str, &[ComponentKind]); 4] = [
    ("the way in", &[ComponentKind::Invoker]),
    ("write side", &[ComponentKind::Aggregate, ComponentKind::Service]),
    ("processes", &[ComponentKind::Observer, ComponentKind::Saga]),
    ("read side", &[ComponentKind::Projector, ComponentKind::Projection]),
];

/// How long the list of payloads on an arrow gets before it goes on in another line.
const LINE: usize = 30;

impl Description {
    /// The graph as a Mermaid flowchart: components in groups, with a shape for each kind; commands as thin, events as thick,
    /// queries as dotted arrows, and views and tables as lines that end in a circle.
    ///
    /// The syntax is that of <https://mermaid.js.org/syntax/flowchart.html>.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let mut chart = String::from("flowchart LR\n");
        for (number, (title, kinds)) in GROUPS.iter().enumerate() {
            let members: Vec<_> = self
                .components
                .iter()
                .enumerate()
                .filter(|(_, component)| kinds.contains(&component.kind))
                .collect();
            if members.is_empty() {
                continue;
            }
            let _ = writeln!(chart, "    subgraph g{number}[\"{title}\"]");
            for (index, component) in members {
                let _ = writeln!(chart, "        c{index}{}", node(component));
            }
            chart.push_str("    end\n");
        }
        let arrows = self.arrows();
        if arrows.keys().any(|(_, to, _)| to.is_none()) {
            chart.push_str("    remote>\"another bundle\"]\n");
        }
        let id =
            |index: &Option<usize>| index.map_or_else(|| "remote".to_owned(), |index| format!("c{index}"));
        for ((from, to, kind), payloads) in &arrows {
            let (from, to) = (format!("c{from}"), id(to));
            let _ = writeln!(chart, "    {from} {}|\"{}\"| {to}", arrow(*kind), list(payloads));
        }
        chart
    }

    /// An arrow for all that goes the same way, from one component to another; without a place in this bundle to go to, to another
    /// bundle.
    fn arrows(&self) -> BTreeMap<(usize, Option<usize>, EdgeKind), Vec<&'static str>> {
        let index = |name| self.components.iter().position(|component| component.name == name);
        let mut arrows: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for edge in self.edges() {
            let Some(from) = index(edge.from) else { continue };
            let way = (from, edge.to.and_then(index), edge.kind);
            arrows.entry(way).or_default().push(edge.payload.unwrap_or("tables"));
        }
        arrows
    }
}

/// The shape of a component, with its name and kind in it.
fn node(component: &ComponentDescription) -> String {
    let (open, close) = match component.kind {
        ComponentKind::Invoker => ("([", "])"),
        ComponentKind::Aggregate => ("[", "]"),
        ComponentKind::Service => ("[[", "]]"),
        ComponentKind::Observer => ("(", ")"),
        ComponentKind::Saga => ("{{", "}}"),
        ComponentKind::Projector => ("[/", "/]"),
        ComponentKind::Projection => ("[\\", "\\]"),
    };
    format!("{open}\"{}<br/>{}\"{close}", escaped(component.name), component.kind.label())
}

fn arrow(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Command => "-->",
        EdgeKind::Event => "==>",
        EdgeKind::Query => "-.->",
        EdgeKind::View | EdgeKind::Tables => "--o",
    }
}

fn list(payloads: &[&str]) -> String {
    let (mut text, mut length) = (String::new(), 0);
    for (number, payload) in payloads.iter().enumerate() {
        let separator = match number {
            0 => "",
            _ if length + payload.chars().count() > LINE => ",<br/>",
            _ => ", ",
        };
        length = if separator == ", " { length } else { 0 };
        length += payload.chars().count() + 2;
        text.push_str(separator);
        text.push_str(&escaped(payload));
    }
    text
}

/// A name within quotes, between which there has to be something. What could end them, begin an entity, a tag or Markdown is written as
/// an entity.
fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    if name.is_empty() {
        text.push(' ');
    }
    for character in name.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | ';' | '*' | '_' | '|' => {
                let _ = write!(text, "#{};", u32::from(character));
            }
            character if character.is_control() => text.push(' '),
            character => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn a_chart_has_every_component_and_kind_of_arrow() {
        let chart = sample::shop().to_mermaid();
        for expected in [
            "flowchart LR\n",
            "([\"Api<br/>invoker\"])",
            "[\"Order<br/>aggregate\"]",
            "[[\"Mailer<br/>service\"]]",
            "{{\"Process<br/>saga\"}}",
            "[/\"Orders<br/>projector\"/]",
            "[\\\"OrderList<br/>projection\"\\]",
            "c0 -->|\"PlaceOrder\"| c1",
            "c3 -->|\"Ship\"| remote",
            "c1 ==>|\"OrderPlaced\"| c3",
            "c0 -.->|\"FindOrder\"| c5",
            "c4 --o|\"OrderView\"| c5",
            "c4 --o|\"tables\"| c5",
        ] {
            assert!(chart.contains(expected), "no `{expected}` in {chart}");
        }
    }

    /// Each line is one of the four forms that are used, and no name gets out of its quotes.
    #[test]
    fn a_chart_is_well_formed() {
        for description in [sample::shop(), sample::of_components(40), sample::odd()] {
            let chart = description.to_mermaid();
            let mut open = 0;
            for line in chart.lines().skip(1).map(str::trim) {
                match line.split(' ').next() {
                    Some("subgraph") => open += 1,
                    Some("end") => open -= 1,
                    _ => {
                        assert_eq!(line.matches('"').count(), 2, "{line}");
                        let text = line.split('"').nth(1).expect("between quotes").replace("<br/>", "");
                        assert!(!text.contains(['<', '>', '&', '`', '\\']) && !text.is_empty(), "{line}");
                    }
                }
                assert!((0..=1).contains(&open), "{chart}");
            }
            assert_eq!(open, 0);
        }
    }

    #[test]
    fn odd_names_are_escaped() {
        assert_eq!(escaped("Pair<\"A\", &B>"), "Pair#60;#34;A#34;, #38;B#62;");
        assert_eq!(escaped("a\nb#c"), "a b#35;c");
    }
}
