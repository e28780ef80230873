//! The graph as a picture.
//!
//! Three columns, and the wires between them: who calls; who decides, acts and answers; who reads the log. Whatever goes from one
//! component to another goes between two columns that stand side by side, because an arrow may enter and leave a card on either
//! side. So every wire is a vertical track in the channel between two columns with a horizontal branch to each row of a card that it
//! belongs to, and no wire ever passes a card or a text.
//!
//! Cards → places of cards → tracks of wires → markup.

mod cards;
mod draw;
mod geometry;
mod place;
mod tracks;

use self::{cards::Cards, geometry::Geometry};
use super::Description;

impl Description {
    /// The graph as an SVG picture: commands, events, queries and views as wires of different colours and strokes, between the components
    /// whose payloads they are. It needs nothing beside it, and adapts to light and dark surroundings. In a browser, wires are
    /// highlighted and named under the pointer.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let cards = Cards::of(self);
        let tops = place::tops(&cards);
        let geometry = Geometry::new(&cards, &tops);
        draw::svg(self, &cards, &geometry)
    }
}
