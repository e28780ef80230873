//! The lines that a count comes to.

use std::fmt;

/// What a number is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Meaning {
    /// A mistake for each.
    Wrong,
    /// Proof that something was tried.
    Needed,
    /// Good to know.
    Told,
}

/// Lines in the order in which they were named first.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<(Meaning, &'static str, u64)>,
    examples: Vec<String>,
}

/// So many mistakes are shown.
const EXAMPLES: usize = 20;

impl Report {
    /// Adds to the number of mistakes of a kind.
    pub(super) fn wrong(&mut self, what: &'static str, number: u64) {
        self.add(Meaning::Wrong, what, number);
    }

    /// One more mistake, with what is known of it.
    pub(super) fn mistake(&mut self, what: &'static str, about: impl FnOnce() -> String) {
        self.wrong(what, 1);
        if self.examples.len() < EXAMPLES {
            self.examples.push(format!("{what}: {}", about()));
        }
    }

    /// Adds to how often something was tried that must have been tried.
    pub(super) fn needed(&mut self, what: &'static str, number: u64) {
        self.add(Meaning::Needed, what, number);
    }

    /// Adds to a number that is good to know.
    pub(super) fn told(&mut self, what: &'static str, number: u64) {
        self.add(Meaning::Told, what, number);
    }

    fn add(&mut self, meaning: Meaning, what: &'static str, number: u64) {
        match self.lines.iter_mut().find(|(_, known, _)| *known == what) {
            Some((_, _, sum)) => *sum += number,
            None => self.lines.push((meaning, what, number)),
        }
    }

    /// The number of a line.
    #[cfg(test)]
    pub(super) fn number(&self, what: &str) -> u64 {
        self.lines.iter().find(|(_, known, _)| *known == what).map_or(0, |(_, _, number)| *number)
    }

    /// Whether nothing is wrong, and all was tried that must be.
    pub(super) fn is_clean(&self) -> bool {
        self.lines.iter().all(|(meaning, _, number)| match meaning {
            Meaning::Wrong => *number == 0,
            Meaning::Needed => *number > 0,
            Meaning::Told => true,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (meaning, title) in [
            (Meaning::Wrong, "counts that must be 0"),
            (Meaning::Needed, "commands that must have been tried"),
            (Meaning::Told, "besides"),
        ] {
            writeln!(f, "{title}")?;
            for (_, what, number) in self.lines.iter().filter(|(of, _, _)| *of == meaning) {
                let stands_out = match meaning {
                    Meaning::Wrong => *number > 0,
                    Meaning::Needed => *number == 0,
                    Meaning::Told => false,
                };
                writeln!(f, "{number:>9}  {what}{}", if stands_out { "   <== wrong" } else { "" })?;
            }
        }
        self.examples.iter().try_for_each(|example| writeln!(f, "    {example}"))
    }
}
