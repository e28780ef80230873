//! The rules about upcasters: exactly one chain leads from every version of an event to the present one. They need no table.

use super::message::Message;
use crate::payload::{PayloadMeta, Upcaster, same};

/// So many missing steps are named; an event whose version was raised by a hundred has one mistake, not a hundred.
const MOST_NAMED: u32 = 3;

/// The versions of an event from which nothing leads on. `event` is the name of its type.
#[must_use]
pub const fn missing_upcasters(event: &str, version: u32, steps: &[Upcaster]) -> Option<Message> {
    let mut message =
        Message::new().text("`").text(event).text("` is version ").number(version).text(" and has no");
    let (mut from, mut missing) = (1, 0);
    while from < version && missing <= MOST_NAMED {
        if first_from(steps, from).is_none() {
            missing += 1;
            message = if missing > MOST_NAMED {
                message.text(" and so on")
            } else {
                let before = if missing > 1 { " and no" } else { "" };
                message.text(before).text(" `#[upcast(from = ").number(from).text(")]`")
            };
        }
        from += 1;
    }
    if missing == 0 {
        return None;
    }
    let one = ": write it as `fn(Value) -> Result<Value>` in `#[upcasters] impl ";
    let many = ": write them as `fn(Value) -> Result<Value>` in `#[upcasters] impl ";
    Some(message.text(if missing == 1 { one } else { many }).text(event).text(" { .. }`"))
}

/// Whether an upcaster starts from a version that no stored event has, or that is not left behind. `event` is the name of its type.
#[must_use]
pub const fn version_that_never_was(event: &str, meta: &PayloadMeta, from: u32) -> Option<Message> {
    if from < meta.version {
        return None;
    }
    let message = Message::new().text("`").text(event).text("` is version ").number(meta.version);
    Some(if from == meta.version {
        message
            .text(", to which its upcasters lead: write `version = ")
            .number(from.saturating_add(1))
            .text("` at the event, or remove this upcaster")
    } else {
        message.text(": there never was a version ").number(from)
    })
}

/// Whether another upcaster starts from the version from which the one of this name does. `event` is the name of its type.
#[must_use]
pub const fn second_from_one_version(event: &str, steps: &[Upcaster], name: &str) -> Option<Message> {
    let mut at = 0;
    while at < steps.len() {
        let step = &steps[at];
        if same(step.name, name)
            && let Some(first) = first_from(steps, step.from)
            && !same(first.name, name)
        {
            return Some(
                Message::new()
                    .text("`")
                    .text(first.name)
                    .text("` brings version ")
                    .number(step.from)
                    .text(" of `")
                    .text(event)
                    .text("` to the next one already: remove one of them"),
            );
        }
        at += 1;
    }
    None
}

const fn first_from(steps: &[Upcaster], from: u32) -> Option<&Upcaster> {
    let mut at = 0;
    while at < steps.len() {
        if steps[at].from == from {
            return Some(&steps[at]);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn step(from: u32, name: &'static str) -> Upcaster {
        Upcaster { from, name, code: 0, run: Ok }
    }

    fn missing(version: u32, steps: &[Upcaster]) -> Option<String> {
        missing_upcasters("Paid", version, steps).map(|message| message.as_str().to_owned())
    }

    #[test]
    fn what_is_missing_is_named_and_bounded() {
        assert_eq!(missing(1, &[]), None);
        assert_eq!(missing(3, &[step(2, "b"), step(1, "a")]), None, "in any order");
        let gap = missing(3, &[step(2, "b")]).expect("a gap");
        assert!(gap.starts_with("`Paid` is version 3 and has no `#[upcast(from = 1)]`: write"), "{gap}");
        let two = missing(3, &[]).expect("two gaps");
        assert!(two.contains("no `#[upcast(from = 1)]` and no `#[upcast(from = 2)]`: "), "{two}");
        let many = missing(u32::MAX, &[]).expect("many gaps");
        assert!(many.contains("`#[upcast(from = 3)]` and so on: ") && !many.contains("from = 4"), "{many}");
    }

    #[test]
    fn a_second_step_from_one_version_names_the_first() {
        let steps = [step(1, "a"), step(1, "b"), step(2, "c")];
        let second = |name| second_from_one_version("Paid", &steps, name).map(|m| m.as_str().to_owned());
        assert_eq!((second("a"), second("c")), (None, None));
        assert!(second("b").is_some_and(|text| text.starts_with("`a` brings version 1 of `Paid`")));
    }
}
