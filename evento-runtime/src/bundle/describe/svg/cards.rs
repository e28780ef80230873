//! Components as cards with rows, and what connects the rows.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{ComponentDescription, Description, HandlerDescription};
use crate::{
    component::{ComponentKind, HandlerKind},
    payload::PayloadKind,
};

/// What a row is about, and what runs along a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Command,
    Event,
    Query,
    View,
    Deadline,
    Call,
}

impl What {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Event => "event",
            Self::Query => "query",
            Self::View => "view",
            Self::Deadline => "deadline",
            Self::Call => "call",
        }
    }
}

/// The side of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Left,
    Right,
}

/// What is at the end of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    /// A wire begins.
    Source,
    /// A wire ends.
    Target,
    /// A wire could begin or end here, and nobody is there at the other end.
    Loose,
}

/// A line of a card.
pub(super) struct Row {
    pub(super) what: What,
    /// What stands before the name.
    pub(super) verb: &'static str,
    pub(super) name: &'static str,
    /// Whether it follows from the row above it that is not.
    pub(super) indented: bool,
    /// Whether the same stands in the card before.
    pub(super) repeated: bool,
    /// On the left and on the right.
    pub(super) ports: [Option<Port>; 2],
}

/// A component, or the other bundles.
pub(super) struct Card {
    pub(super) name: &'static str,
    pub(super) caption: String,
    /// `None` for other bundles.
    pub(super) kind: Option<ComponentKind>,
    pub(super) column: usize,
    pub(super) rows: Vec<Row>,
}

/// Where a wire meets a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    pub(super) card: usize,
    pub(super) row: usize,
    pub(super) side: Side,
    pub(super) is_source: bool,
}

/// A payload on its way between two columns.
pub(super) struct Wire {
    pub(super) what: What,
    pub(super) name: &'static str,
    /// 0 between the first and the second column, 1 between the second and the third.
    pub(super) channel: usize,
    /// At least a source and a target.
    pub(super) ends: Vec<End>,
}

/// Everything that is to be drawn.
pub(super) struct Cards {
    pub(super) cards: Vec<Card>,
    pub(super) wires: Vec<Wire>,
}

/// The column in which components of a kind stand.
const fn column(kind: ComponentKind) -> usize {
    match kind {
        ComponentKind::Invoker => 0,
        ComponentKind::Aggregate | ComponentKind::Service | ComponentKind::Projection => 1,
        ComponentKind::Observer | ComponentKind::Saga | ComponentKind::Projector => 2,
    }
}

/// A row in which a payload is met first in a card.
struct Met {
    card: usize,
    row: usize,
    is_source: bool,
}

/// Everybody who has something to do with a payload. Tables go by the name of their projector, behind a mark that no other has.
type ByPayload = BTreeMap<(What, &'static str, bool), Vec<Met>>;

impl Cards {
    pub(super) fn of(description: &Description) -> Self {
        let mut building = Building { cards: Vec::new(), met: ByPayload::new() };
        for component in &description.components {
            building.component(component, description);
        }
        building.remote(description);
        let Building { mut cards, met } = building;
        let mut wires = Vec::new();
        for ((what, name, _), met) in &met {
            let connected = connect(*what, name, met, &cards);
            for met in met.iter().filter(|_| connected.is_empty()) {
                let side = loose_side(cards[met.card].column, *what, met.is_source);
                cards[met.card].rows[met.row].ports[side as usize] = Some(Port::Loose);
            }
            wires.extend(connected);
        }
        for end in wires.iter().flat_map(|wire| &wire.ends) {
            let port = if end.is_source { Port::Source } else { Port::Target };
            cards[end.card].rows[end.row].ports[end.side as usize] = Some(port);
        }
        Self { cards, wires }
    }
}

/// The side on which others would be, if there were any.
fn loose_side(column: usize, what: What, is_source: bool) -> Side {
    match column {
        0 => Side::Right,
        1 if is_source || what == What::View => Side::Right,
        _ => Side::Left,
    }
}

/// The wires of a payload: one for each channel through which it goes.
fn connect(what: What, name: &'static str, met: &[Met], cards: &[Card]) -> Vec<Wire> {
    let mut ends: [BTreeSet<End>; 2] = Default::default();
    let column = |met: &Met| cards[met.card].column;
    for from in met.iter().filter(|met| met.is_source) {
        for to in met.iter().filter(|met| !met.is_source) {
            let columns = (column(from), column(to));
            // Nothing goes between the first column and the third.
            if columns.0.abs_diff(columns.1) > 1 {
                continue;
            }
            let channel = usize::from(columns.0 != 0 && columns.1 != 0);
            for met in [from, to] {
                let side = if column(met) == channel { Side::Right } else { Side::Left };
                ends[channel].insert(End { card: met.card, row: met.row, side, is_source: met.is_source });
            }
        }
    }
    let wire = |(channel, ends): (usize, BTreeSet<End>)| {
        (!ends.is_empty()).then(|| Wire { what, name, channel, ends: ends.into_iter().collect() })
    };
    ends.into_iter().enumerate().filter_map(wire).collect()
}

struct Building {
    cards: Vec<Card>,
    met: ByPayload,
}

impl Building {
    fn component(&mut self, component: &ComponentDescription, description: &Description) {
        let caption = match component.version {
            0 => component.kind.label().to_owned(),
            version => format!("{}, version {version}", component.kind.label()),
        };
        let (kind, column) = (Some(component.kind), column(component.kind));
        self.cards.push(Card { name: component.name, caption, kind, column, rows: Vec::new() });
        for (handles, outputs) in by_payload(component) {
            match handles {
                Handled::Call(name) => self.plain(What::Call, "", name),
                Handled::Deadline(name) => self.plain(What::Deadline, "due: ", name),
                Handled::Payload(what, name) => self.row(what, "", name, false, Some(false)),
            }
            for (what, name) in outputs {
                match what {
                    What::Deadline => self.row(what, "schedules ", name, true, None),
                    _ => self.row(what, "→ ", name, true, Some(true)),
                }
            }
        }
        let handlers = || component.handlers.iter();
        for view in unique(handlers().flat_map(|handler| &handler.views_written)) {
            self.row(What::View, "writes ", view, false, Some(true));
        }
        for view in unique(handlers().flat_map(|handler| &handler.views_read)) {
            self.row(What::View, "reads ", view, false, Some(false));
        }
        if description.components.iter().any(|other| other.reads.contains(&component.name)) {
            self.tables("writes ", "its tables", component.name, true);
        }
        for projector in &component.reads {
            self.tables("reads tables of ", projector, projector, false);
        }
    }

    /// What other bundles handle.
    fn remote(&mut self, description: &Description) {
        if description.remote.is_empty() {
            return;
        }
        let caption = "what they handle".to_owned();
        self.cards.push(Card { name: "other bundles", caption, kind: None, column: 1, rows: Vec::new() });
        for name in &description.remote {
            let what = match description.payload(PayloadKind::Query, name) {
                Some(_) => What::Query,
                None => What::Command,
            };
            self.row(what, "", name, false, Some(false));
        }
    }

    /// A row that no wire meets.
    fn plain(&mut self, what: What, verb: &'static str, name: &'static str) {
        self.row(what, verb, name, false, None);
    }

    fn row(
        &mut self,
        what: What,
        verb: &'static str,
        name: &'static str,
        indented: bool,
        is_source: Option<bool>,
    ) {
        self.push(
            (what, name, false),
            Row { what, verb, name, indented, repeated: false, ports: [None; 2] },
            is_source,
        );
    }

    fn tables(&mut self, verb: &'static str, name: &'static str, projector: &'static str, is_source: bool) {
        let row = Row { what: What::View, verb, name, indented: false, repeated: false, ports: [None; 2] };
        self.push((What::View, projector, true), row, Some(is_source));
    }

    fn push(&mut self, payload: (What, &'static str, bool), mut row: Row, is_source: Option<bool>) {
        let card = self.cards.len() - 1;
        let rows = &mut self.cards[card].rows;
        let at = rows.len();
        if let Some(is_source) = is_source {
            let met = self.met.entry(payload).or_default();
            row.repeated = met.iter().any(|met| met.card == card && met.is_source == is_source);
            if !row.repeated {
                met.push(Met { card, row: at, is_source });
            }
        }
        rows.push(row);
    }
}

/// What a handler handles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Handled {
    Call(&'static str),
    Deadline(&'static str),
    Payload(What, &'static str),
}

/// What a component handles, in its order, with all that follows from each.
fn by_payload(component: &ComponentDescription) -> Vec<(Handled, Vec<(What, &'static str)>)> {
    let mut found: Vec<(Handled, Vec<(What, &'static str)>)> = Vec::new();
    for handler in &component.handlers {
        let handled = match (handler.kind, handler.handles) {
            (HandlerKind::Invocation, _) => Handled::Call(handler.name),
            (HandlerKind::AggregateCommand | HandlerKind::Command, Some(name)) => {
                Handled::Payload(What::Command, name)
            }
            (HandlerKind::Event | HandlerKind::SagaEvent, Some(name)) => Handled::Payload(What::Event, name),
            (HandlerKind::Query, Some(name)) => Handled::Payload(What::Query, name),
            (HandlerKind::SagaDeadline, Some(name)) => Handled::Deadline(name),
            // What an aggregate applies to itself is what it decides.
            _ => continue,
        };
        let at = found.iter().position(|(known, _)| *known == handled).unwrap_or(found.len());
        if at == found.len() {
            found.push((handled, Vec::new()));
        }
        let outputs = &mut found[at].1;
        for output in outputs_of(handler) {
            if !outputs.contains(&output) {
                outputs.push(output);
            }
        }
    }
    found
}

fn outputs_of(handler: &HandlerDescription) -> impl Iterator<Item = (What, &'static str)> {
    let of = |what: What, names: &[&'static str]| names.iter().map(|name| (what, *name)).collect::<Vec<_>>();
    [
        of(What::Event, &handler.decides),
        of(What::Query, &handler.queries),
        of(What::Command, &handler.emits),
        of(What::Deadline, &handler.schedules),
    ]
    .into_iter()
    .flatten()
}

fn unique<'a>(names: impl Iterator<Item = &'a &'static str>) -> Vec<&'static str> {
    let mut found = Vec::new();
    for name in names.copied() {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::super::sample, *};

    #[test]
    fn every_edge_has_a_wire() {
        for description in [sample::shop(), sample::of_components(40)] {
            let cards = Cards::of(&description);
            let index = |name: &str| cards.cards.iter().position(|card| card.name == name).expect("a card");
            for edge in description.edges() {
                let (from, to) = (index(edge.from), index(edge.to.unwrap_or("other bundles")));
                let joins = |wire: &&Wire| {
                    let meets = |card, is_source| {
                        wire.ends.iter().any(|end| end.card == card && end.is_source == is_source)
                    };
                    wire.name == edge.payload.unwrap_or(edge.from) && meets(from, true) && meets(to, false)
                };
                assert_eq!(cards.wires.iter().filter(joins).count(), 1, "{edge:?}");
            }
        }
    }

    #[test]
    fn what_leads_nowhere_has_a_loose_end() {
        let cards = Cards::of(&sample::shop());
        let loose: Vec<_> = cards
            .cards
            .iter()
            .flat_map(|card| &card.rows)
            .filter(|row| row.ports.contains(&Some(Port::Loose)))
            .map(|row| row.name)
            .collect();
        assert_eq!(loose, ["MailSent"]);
    }
}
