//! What was acknowledged, and what the rules of the domain promise.

use super::{Counts, Evidence, logged::Order};
use crate::workload::journal::Note;

/// Who brings an order to its decision.
const DECIDERS: [&str; 2] = ["CreditOffice", "OrderProcess"];

pub fn count(evidence: &Evidence, counts: &mut Counts) {
    let Evidence { logged, parked, .. } = evidence;
    counts.add("positions that are not dense", logged.holes.iter().cloned());
    let lost = evidence.notes().filter_map(|note| match note {
        Note::Order { order, customer, total } => {
            let known = logged.orders.get(order);
            let is_there = known.is_some_and(|known| known.customer == *customer && known.total == *total);
            (!is_there).then(|| format!("{order}: {known:?}"))
        }
        _ => None,
    });
    counts.add("acknowledged orders that are not in the log as they were sent", lost);
    let lost = evidence.notes().filter_map(|note| match note {
        Note::Cancelled { order } => {
            let is_there = logged.orders.get(order).is_some_and(|known| known.cancelled == 1);
            (!is_there).then(|| order.clone())
        }
        _ => None,
    });
    counts.add("acknowledged cancellations that are not in the log", lost);
    let unexpected = evidence.notes().filter_map(|note| match note {
        Note::Unexpected { error } => Some(error.clone()),
        _ => None,
    });
    counts.add("commands that ended in a way in which none should", unexpected);

    let orders = |is_wrong: &dyn Fn(&str, &Order) -> bool| -> Vec<String> {
        let wrong = logged.orders.iter().filter(|(order, known)| is_wrong(order, known));
        wrong.map(|(order, known)| format!("{order}: {known:?}")).collect()
    };
    counts.add(
        "orders that something happened to twice, or without a reason",
        orders(&|_, known| !known.is_sound()),
    );
    let undecided = orders(&|order, known| !known.is_decided() && !parked.explains(order, &DECIDERS));
    counts.add("orders that are not decided, and no parked event explains it", undecided);
    counts.add(
        "times that more was reserved than the limit, or released than was reserved",
        logged.exceeded.clone(),
    );
    let astray = orders(&|order, known| known.reserved != known.due() && !parked.explains(order, &DECIDERS));
    counts.add("orders that hold other credit than they should, and no parked event explains it", astray);
}
