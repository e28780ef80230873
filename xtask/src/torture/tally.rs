//! How often each kind of fault struck, whatever is tortured.

use std::fmt;

use super::Store;

/// Kinds of faults.
pub(super) trait Kind: Copy + PartialEq + 'static {
    /// All of them, in the order in which they are told.
    const ALL: &'static [Self];

    /// What stands above them.
    const TITLE: &'static str;

    fn words(self) -> &'static str;

    /// Why there is no such fault on a store.
    fn does_not_apply(self, store: Store) -> Option<&'static str>;
}

/// Counts.
pub(super) struct Tally<K> {
    store: Store,
    numbers: Vec<(K, u64)>,
}

impl<K: Kind> Tally<K> {
    pub(super) fn new(store: Store) -> Self {
        Self { store, numbers: K::ALL.iter().map(|kind| (*kind, 0)).collect() }
    }

    pub(super) fn add(&mut self, struck: K, number: u64) {
        for (_, sum) in self.numbers.iter_mut().filter(|(kind, _)| *kind == struck) {
            *sum += number;
        }
    }

    /// Whether each kind that applies has struck.
    pub(super) fn is_complete(&self) -> bool {
        self.numbers.iter().all(|(kind, number)| *number > 0 || kind.does_not_apply(self.store).is_some())
    }
}

impl<K: Kind> fmt::Display for Tally<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", K::TITLE)?;
        for (kind, number) in &self.numbers {
            match kind.does_not_apply(self.store) {
                Some(why) => writeln!(f, "        -  {}: {why}", kind.words())?,
                None => {
                    let stands_out = if *number == 0 { "   <== wrong" } else { "" };
                    writeln!(f, "{number:>9}  {}{stands_out}", kind.words())?;
                }
            }
        }
        Ok(())
    }
}
