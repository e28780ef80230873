//! Where everything is, in pixels.

use super::{
    cards::{Card, Cards, Row, Side},
    tracks::{self, Tracks},
};

/// The height of a row. Cards stand on a grid of it, those of the first and the third column half a row lower.
pub(super) const UNIT: i32 = 18;
/// Above the first row of a card, and below its last.
const HEAD: i32 = 2 * UNIT;
const FOOT: i32 = UNIT / 2;
/// Between two cards.
pub(super) const GAP: i32 = UNIT + UNIT / 2;

/// Around everything.
pub(super) const MARGIN: i32 = 24;
/// Above the cards: the title, the legend, and what the columns are.
pub(super) const TOP: i32 = 112;
/// Between two tracks, and between a track and the next card.
const PITCH: i32 = 8;
const SHOULDER: i32 = 26;
/// So that the legend has its place.
const LEAST_WIDTH: i32 = 760;

/// Within a card, from its left edge to its texts.
pub(super) const INSET: i32 = 14;
pub(super) const INDENT: i32 = 14;
/// The width of a character: of a row, of a name, of a caption.
const ROW_CHARACTER: f64 = 7.25;
const NAME_CHARACTER: f64 = 8.45;
const CAPTION_CHARACTER: f64 = 6.2;
/// The most characters of a name that are shown. The whole of it is told under the pointer.
const LONGEST: usize = 44;

/// The height of a card.
pub(super) fn height(card: &Card) -> i32 {
    HEAD + FOOT + UNIT * number(card.rows.len())
}

/// The middle of a row, from the upper edge of its card.
pub(super) fn row_middle(row: usize) -> i32 {
    HEAD + UNIT * number(row) + UNIT / 2
}

fn number(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX / UNIT / 4)
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Area {
    pub(super) fn right(&self) -> i32 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> i32 {
        self.top + self.height
    }
}

/// A wire as it is drawn: a vertical track, and the places at the edges of cards to which it branches, from above.
pub(super) struct Route {
    pub(super) track: i32,
    pub(super) branches: Vec<Branch>,
}

/// Where a wire leaves its track for a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) is_source: bool,
}

/// Where everything is.
pub(super) struct Geometry {
    pub(super) width: i32,
    pub(super) height: i32,
    /// The left edge of each column, and its width: 0 for one without cards.
    pub(super) columns: [(i32, i32); 3],
    /// In the order of the cards.
    pub(super) cards: Vec<Area>,
    /// In the order of the wires.
    pub(super) routes: Vec<Route>,
}

impl Geometry {
    pub(super) fn new(cards: &Cards, tops: &[i32]) -> Self {
        let tracks = tracks::of(cards, tops);
        let columns = columns(cards, &tracks);
        let areas: Vec<_> = cards
            .cards
            .iter()
            .zip(tops)
            .map(|(card, top)| {
                let (left, width) = columns[card.column];
                Area { left, top: TOP + top, width, height: height(card) }
            })
            .collect();
        let routes = cards.wires.iter().zip(&tracks.of_wires).map(|(wire, track)| {
            let (left, width) = columns[wire.channel];
            let mut branches: Vec<_> = wire
                .ends
                .iter()
                .map(|end| {
                    let area = areas[end.card];
                    let x = if end.side == Side::Left { area.left } else { area.right() };
                    Branch { x, y: area.top + row_middle(end.row), is_source: end.is_source }
                })
                .collect();
            branches.sort_by_key(|branch| branch.y);
            Route { track: left + width + SHOULDER + PITCH * number(*track), branches }
        });
        let routes = routes.collect();
        let last = columns[2];
        let bottom = areas.iter().map(Area::bottom).max().unwrap_or(TOP);
        let width = (last.0 + last.1 + MARGIN).max(LEAST_WIDTH);
        Self { width, height: bottom + MARGIN, columns, cards: areas, routes }
    }
}

/// The columns beside each other, with room for the tracks between them.
fn columns(cards: &Cards, tracks: &Tracks) -> [(i32, i32); 3] {
    let mut columns = [(MARGIN, 0); 3];
    let mut left = MARGIN;
    for (column, place) in columns.iter_mut().enumerate() {
        let of_column = || cards.cards.iter().filter(|card| card.column == column);
        *place = (left, of_column().map(width).max().unwrap_or(0));
        let room = match tracks.counts.get(column) {
            Some(0) | None if place.1 == 0 => 0,
            Some(0) | None => SHOULDER,
            Some(count) => 2 * SHOULDER + PITCH * (number(*count) - 1),
        };
        left += place.1 + room;
    }
    columns
}

/// How wide a card must be for its texts.
fn width(card: &Card) -> i32 {
    let wide = |text: &str, of_one: f64| (characters(text) as f64 * of_one).ceil() as i32;
    let row = |row: &Row| {
        let indent = if row.indented { INDENT } else { 0 };
        indent + wide(&shortened(row.name), ROW_CHARACTER) + wide(row.verb, ROW_CHARACTER)
    };
    let name = wide(&shortened(card.name), NAME_CHARACTER);
    let caption = wide(&card.caption, CAPTION_CHARACTER);
    2 * INSET + card.rows.iter().map(row).chain([name, caption, 90]).max().unwrap_or(0)
}

/// How many characters wide a text is; those of the East are twice as wide as others.
fn characters(text: &str) -> usize {
    text.chars().map(|character| if character >= '\u{1100}' { 2 } else { 1 }).sum()
}

/// A name that is not too long to be shown: of others the beginning and the end.
pub(super) fn shortened(name: &str) -> String {
    let count = name.chars().count();
    if count <= LONGEST {
        return name.to_owned();
    }
    let end = LONGEST / 3;
    let beginning = LONGEST - end - 1;
    name.chars().take(beginning).chain(['…']).chain(name.chars().skip(count - end)).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{super::sample, place},
        *,
    };

    fn geometries() -> Vec<(Cards, Geometry)> {
        let drawn = |description| {
            let cards = Cards::of(&description);
            let geometry = Geometry::new(&cards, &place::tops(&cards));
            (cards, geometry)
        };
        [sample::shop(), sample::of_components(40), sample::of_components(200), sample::odd()]
            .map(drawn)
            .into()
    }

    #[test]
    fn no_two_cards_overlap() {
        for (_, geometry) in geometries() {
            for (index, a) in geometry.cards.iter().enumerate() {
                assert!(a.left >= 0 && a.top >= TOP);
                assert!(a.right() <= geometry.width && a.bottom() <= geometry.height);
                for b in &geometry.cards[..index] {
                    let apart = a.right() < b.left
                        || b.right() < a.left
                        || a.bottom() + GAP <= b.top
                        || b.bottom() + GAP <= a.top;
                    assert!(apart, "{a:?} and {b:?}");
                }
            }
        }
    }

    #[test]
    fn no_wire_passes_a_card() {
        for (cards, geometry) in geometries() {
            for (wire, route) in cards.wires.iter().zip(&geometry.routes) {
                let (left, width) = geometry.columns[wire.channel];
                let next = geometry.columns[wire.channel + 1];
                assert!(route.track > left + width, "{} leaves its channel", wire.name);
                assert!(next.1 == 0 || route.track < next.0, "{} leaves its channel", wire.name);
                assert!(route.branches.len() >= 2);
            }
        }
    }

    /// Two wires cross at most: neither runs along the other.
    #[test]
    fn no_wire_runs_along_another() {
        for (cards, geometry) in geometries() {
            let spans = |route: &Route| {
                let (top, bottom) =
                    (route.branches.first().expect("two"), route.branches.last().expect("two"));
                (top.y, bottom.y)
            };
            for (index, (a, first)) in cards.wires.iter().zip(&geometry.routes).enumerate() {
                let others = cards.wires.iter().zip(&geometry.routes).take(index);
                for (b, second) in others.filter(|(b, _)| b.channel == a.channel) {
                    let ((a_top, a_bottom), (b_top, b_bottom)) = (spans(first), spans(second));
                    let beside = first.track != second.track || a_bottom < b_top || b_bottom < a_top;
                    assert!(beside, "{} and {} share a track", a.name, b.name);
                    for branch in &first.branches {
                        assert!(
                            second.branches.iter().all(|other| other.y != branch.y),
                            "{} and {} share a branch",
                            a.name,
                            b.name
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn long_names_are_shortened_to_what_fits() {
        let long = "x".repeat(500);
        assert_eq!(shortened(&long).chars().count(), LONGEST);
        assert_eq!(shortened("TodoList"), "TodoList");
        for (cards, geometry) in geometries() {
            for (card, area) in cards.cards.iter().zip(&geometry.cards) {
                for row in &card.rows {
                    let characters = characters(&shortened(row.name)) + characters(row.verb);
                    let text = (characters as f64 * ROW_CHARACTER) as i32;
                    assert!(INSET + text <= area.width, "{} does not fit", row.name);
                }
            }
        }
    }
}
