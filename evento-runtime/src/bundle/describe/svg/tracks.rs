//! Which track each wire takes in its channel, so that few of them cross and tracks are shared.

use super::{
    cards::{Cards, Side},
    geometry::row_middle,
};

/// How often wires look for a better place among the others.
const SWEEPS: usize = 6;

/// The tracks of wires, counted from the left.
pub(super) struct Tracks {
    /// In the order of the wires.
    pub(super) of_wires: Vec<usize>,
    /// How many each channel has.
    pub(super) counts: [usize; 2],
}

/// What is to be known of a wire within its channel.
struct Span {
    wire: usize,
    top: i32,
    bottom: i32,
    /// The heights at which it goes to the left, and to the right.
    left: Vec<i32>,
    right: Vec<i32>,
}

pub(super) fn of(cards: &Cards, tops: &[i32]) -> Tracks {
    let mut tracks = Tracks { of_wires: vec![0; cards.wires.len()], counts: [0; 2] };
    for channel in 0..tracks.counts.len() {
        let spans = spans(cards, tops, channel);
        let order = ordered(&spans);
        let mut placed: Vec<(usize, usize)> = Vec::new();
        for index in order {
            // Behind all that it would touch, and that are before it in the order.
            let behind = placed.iter().filter(|(other, _)| touch(&spans[*other], &spans[index]));
            let track = behind.map(|(_, track)| track + 1).max().unwrap_or(0);
            placed.push((index, track));
            tracks.of_wires[spans[index].wire] = track;
            tracks.counts[channel] = tracks.counts[channel].max(track + 1);
        }
    }
    tracks
}

fn spans(cards: &Cards, tops: &[i32], channel: usize) -> Vec<Span> {
    let wires = cards.wires.iter().enumerate().filter(|(_, wire)| wire.channel == channel);
    let span = |(number, wire): (usize, &super::cards::Wire)| {
        // A wire to the left of the channel comes from the right side of a card.
        let at = |side: Side| -> Vec<i32> {
            let ends = wire.ends.iter().filter(|end| end.side == side);
            ends.map(|end| tops[end.card] + row_middle(end.row)).collect()
        };
        let (left, right) = (at(Side::Right), at(Side::Left));
        let all = || left.iter().chain(&right).copied();
        let (top, bottom) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
        Span { wire: number, top, bottom, left, right }
    };
    wires.map(span).collect()
}

fn touch(a: &Span, b: &Span) -> bool {
    a.top <= b.bottom && b.top <= a.bottom
}

/// How often two wires cross when the first is on the left.
fn crossings(first: &Span, second: &Span) -> i32 {
    let within =
        |span: &Span, at: &[i32]| at.iter().filter(|at| span.top < **at && **at < span.bottom).count();
    i32::try_from(within(first, &second.left) + within(second, &first.right)).unwrap_or(i32::MAX)
}

/// The wires from the left to the right, such that few cross: each in turn goes where it crosses the fewest, until nothing is gained.
fn ordered(spans: &[Span]) -> Vec<usize> {
    let mut order: Vec<_> = (0..spans.len()).collect();
    order.sort_by_key(|index| (spans[*index].top, spans[*index].bottom));
    // What is gained when the one is on the right of the other.
    let gain = |index: usize, other: usize| {
        crossings(&spans[index], &spans[other]) - crossings(&spans[other], &spans[index])
    };
    for _ in 0..SWEEPS {
        let before = order.clone();
        for index in 0..spans.len() {
            let Some(from) = order.iter().position(|other| *other == index) else { continue };
            order.remove(from);
            let (mut best, mut best_gain, mut sum) = (0, 0, 0);
            // Where it was is as good as anywhere that is not better.
            let mut stay = 0;
            for (place, other) in order.iter().enumerate() {
                sum += gain(index, *other);
                if place + 1 == from {
                    stay = sum;
                }
                if sum > best_gain {
                    (best, best_gain) = (place + 1, sum);
                }
            }
            order.insert(if best_gain > stay { best } else { from }, index);
        }
        if order == before {
            break;
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(left: &[i32], right: &[i32]) -> Span {
        let all = || left.iter().chain(right).copied();
        let (top, bottom) = (all().min().expect("one"), all().max().expect("one"));
        Span { wire: 0, top, bottom, left: left.to_vec(), right: right.to_vec() }
    }

    #[test]
    fn wires_are_ordered_so_that_they_need_not_cross() {
        // Both go down: the lower one has to turn before the upper one does.
        let down = [span(&[0], &[100]), span(&[20], &[120])];
        assert_eq!(ordered(&down), [1, 0]);
        assert_eq!(crossings(&down[1], &down[0]), 0);
        let up = [span(&[100], &[0]), span(&[120], &[20])];
        assert_eq!(ordered(&up), [0, 1]);
        assert_eq!(crossings(&up[0], &up[1]), 0);
    }
}
