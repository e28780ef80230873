//! Where cards stand: an order within each column that keeps wires short, and places as near as possible to what they are connected
//! with.

use super::{
    cards::{Cards, End},
    geometry::{GAP, UNIT, height, row_middle},
};

/// How many ends of wires are looked at while a better order is searched. It bounds the time for large bundles.
const PATIENCE: usize = 2_000_000;
/// How often cards are sorted by their neighbours, and moved to them.
const SWEEPS: usize = 8;

/// The places of the upper edges of all cards. Rows of cards in columns that stand side by side are never on one height, so that no
/// two wires coincide.
pub(super) fn tops(cards: &Cards) -> Vec<i32> {
    let board = Board::new(cards);
    let order = board.searched(board.sorted());
    let mut tops = board.stacked(&order);
    for _ in 0..SWEEPS {
        for column in [0, 2, 1] {
            board.move_to_neighbours(&order[column], &mut tops);
        }
    }
    board.snapped(&order, &tops)
}

/// The cards of each column from above.
type Order = [Vec<usize>; 3];

struct Board<'c> {
    cards: &'c Cards,
    heights: Vec<f64>,
    /// For each card, the wires that it meets, and where.
    meets: Vec<Vec<(usize, End)>>,
}

impl<'c> Board<'c> {
    fn new(cards: &'c Cards) -> Self {
        let heights = cards.cards.iter().map(|card| f64::from(height(card))).collect();
        let mut meets = vec![Vec::new(); cards.cards.len()];
        for (number, wire) in cards.wires.iter().enumerate() {
            for end in &wire.ends {
                meets[end.card].push((number, *end));
            }
        }
        Self { cards, heights, meets }
    }

    /// The cards of each column one under the other, around the same middle.
    fn stacked(&self, order: &Order) -> Vec<f64> {
        let mut tops = vec![0.0; self.heights.len()];
        for column in order {
            let total: f64 = column.iter().map(|card| self.heights[*card] + f64::from(GAP)).sum();
            let mut top = -total / 2.0;
            for card in column {
                tops[*card] = top;
                top += self.heights[*card] + f64::from(GAP);
            }
        }
        tops
    }

    /// How long the tracks of all wires are.
    fn length(&self, order: &Order) -> f64 {
        let tops = self.stacked(order);
        self.cards
            .wires
            .iter()
            .map(|wire| {
                let at = wire.ends.iter().map(|end| middle(&tops, end));
                let (low, high) =
                    at.fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)));
                high - low
            })
            .sum()
    }

    /// The middle of what a card is connected with, relative to its upper edge.
    fn wanted_top(&self, card: usize, tops: &[f64]) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0_u32);
        for (wire, own) in &self.meets[card] {
            for end in self.cards.wires[*wire].ends.iter().filter(|end| end.card != card) {
                sum += middle(tops, end) - f64::from(row_middle(own.row));
                count += 1;
            }
        }
        (count > 0).then(|| sum / f64::from(count))
    }

    /// Sorts the columns in turn by what their cards are connected with.
    fn sorted(&self) -> Order {
        let mut order: Order = Default::default();
        for (index, card) in self.cards.cards.iter().enumerate() {
            order[card.column].push(index);
        }
        let mut best = (self.length(&order), order.clone());
        for sweep in 0..SWEEPS {
            for column in if sweep % 2 == 0 { [1, 2, 0] } else { [0, 2, 1] } {
                let tops = self.stacked(&order);
                let wanted = |card: &usize| {
                    self.wanted_top(*card, &tops).unwrap_or(tops[*card]) + self.heights[*card] / 2.0
                };
                order[column].sort_by(|a, b| wanted(a).total_cmp(&wanted(b)));
            }
            let length = self.length(&order);
            if length < best.0 {
                best = (length, order.clone());
            }
        }
        best.1
    }

    /// Puts single cards elsewhere in their column as long as that shortens something.
    fn searched(&self, mut order: Order) -> Order {
        let ends: usize = self.cards.wires.iter().map(|wire| wire.ends.len()).sum();
        let mut patience = PATIENCE;
        let mut best = self.length(&order);
        loop {
            let before = best;
            for column in 0..order.len() {
                for card in order[column].clone() {
                    for to in 0..order[column].len() {
                        let Some(left) = patience.checked_sub(ends + order.len()) else { return order };
                        patience = left;
                        let Some(from) = order[column].iter().position(|other| *other == card) else {
                            continue;
                        };
                        let moved = order[column].remove(from);
                        order[column].insert(to, moved);
                        let length = self.length(&order);
                        if length < best - 0.5 {
                            best = length;
                        } else {
                            let moved = order[column].remove(to);
                            order[column].insert(from, moved);
                        }
                    }
                }
            }
            if best >= before {
                return order;
            }
        }
    }

    /// Moves the cards of a column as near as possible to what they are connected with, keeping their order: the least sum of squared
    /// distances, found by pooling neighbours who want to be in each other's place.
    fn move_to_neighbours(&self, column: &[usize], tops: &mut [f64]) {
        // Without the room that those above take, only the order is left to keep.
        let mut above = 0.0;
        let mut pools: Vec<(f64, u32)> = Vec::new();
        for card in column {
            let wanted = self.wanted_top(*card, tops).unwrap_or(tops[*card]) - above;
            above += self.heights[*card] + f64::from(GAP);
            let mut pool = (wanted, 1);
            while let Some((other, others)) =
                pools.pop_if(|(other, others)| *other / f64::from(*others) > pool.0 / f64::from(pool.1))
            {
                pool = (pool.0 + other, pool.1 + others);
            }
            pools.push(pool);
        }
        let places =
            pools.into_iter().flat_map(|(sum, count)| (0..count).map(move |_| sum / f64::from(count)));
        let mut above = 0.0;
        for (card, place) in column.iter().zip(places) {
            tops[*card] = place + above;
            above += self.heights[*card] + f64::from(GAP);
        }
    }

    /// The places on the grid, from 0 on.
    fn snapped(&self, order: &Order, tops: &[f64]) -> Vec<i32> {
        let first = tops.iter().copied().fold(f64::MAX, f64::min);
        let mut snapped = vec![0; tops.len()];
        for (column, cards) in order.iter().enumerate() {
            // Half a row between a column and the next.
            let phase = if column == 1 { 0 } else { UNIT / 2 };
            let mut free = phase;
            for card in cards {
                let rows = ((tops[*card] - first) / f64::from(UNIT)).round();
                // Pictures are much smaller than what this could not hold.
                let top = (rows as i32 * UNIT + phase).max(free);
                snapped[*card] = top;
                free = top + height(&self.cards.cards[*card]) + GAP;
            }
        }
        snapped
    }
}

fn middle(tops: &[f64], end: &End) -> f64 {
    tops[end.card] + f64::from(row_middle(end.row))
}
