//! Batches that are bounded by count and by bytes.

use std::ops::ControlFlow;

/// Collects items until a limit is reached. The first item always fits, so that a reader of large items gets on.
pub(crate) struct Bounded<T> {
    items: Vec<T>,
    bytes: usize,
    max_items: usize,
    max_bytes: usize,
    full: bool,
}

impl<T> Bounded<T> {
    pub(crate) fn new(max_items: usize, max_bytes: usize) -> Self {
        Self { items: Vec::new(), bytes: 0, max_items: max_items.max(1), max_bytes, full: false }
    }

    /// Takes an item of a size, unless it does not fit any more. Breaks when a limit is reached.
    pub(crate) fn offer(&mut self, size: usize, item: impl FnOnce() -> T) -> ControlFlow<()> {
        let bytes = self.bytes.saturating_add(size);
        if !self.items.is_empty() && bytes > self.max_bytes {
            self.full = true;
            return ControlFlow::Break(());
        }
        self.items.push(item());
        self.bytes = bytes;
        if self.items.len() >= self.max_items || self.bytes >= self.max_bytes {
            self.full = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Whether a limit ended the batch.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    pub(crate) fn into_items(self) -> Vec<T> {
        self.items
    }
}

/// Below this share of a batch for each event, it is not worth while to hope for that.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
const SMALLEST_SHARE: usize = 1024;

/// How large each event of a batch may be so that all of them are within its limit in bytes, whatever they are; nothing when
/// that is too little to hope for.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn share(max_events: usize, max_bytes: usize) -> Option<usize> {
    Some(max_bytes / max_events.max(1)).filter(|share| *share >= SMALLEST_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_item_always_fits() {
        let mut batch = Bounded::new(10, 5);
        assert!(batch.offer(100, || 1).is_break());
        assert!(batch.is_full());
        assert_eq!(batch.into_items(), [1]);
    }

    #[test]
    fn an_item_that_does_not_fit_is_left_out() {
        let mut batch = Bounded::new(10, 5);
        assert!(batch.offer(3, || 1).is_continue());
        assert!(batch.offer(3, || 2).is_break());
        assert_eq!(batch.into_items(), [1]);
    }

    #[test]
    fn the_count_ends_a_batch() {
        let mut batch = Bounded::new(2, 100);
        assert!(batch.offer(1, || 1).is_continue());
        assert!(batch.offer(1, || 2).is_break());
        assert_eq!(batch.into_items(), [1, 2]);
    }
}
