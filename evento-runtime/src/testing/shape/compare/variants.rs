//! The variants of enums.

use super::{Comparison, Side, joined};
use crate::{
    payload::shape::{Tagging, Variant},
    testing::shape::write,
};

impl<'f> Comparison<'f> {
    pub(super) fn variants(
        &mut self,
        path: &str,
        tagging: &Tagging,
        written: &'f [Variant],
        read: &'f [Variant],
    ) {
        if *tagging == Tagging::Untagged {
            return self.untagged(path, written, read);
        }
        for variant in written {
            let path = joined(path, &variant.name);
            match read.iter().find(|other| other.reads.contains(&variant.name)) {
                Some(other) => self.variant(&path, variant, other),
                // Those who know fewer variants are older, and none of the lock's concern.
                None if self.side == Side::Answer => self.adds(&path, "is a new variant"),
                None if variant.reads.is_empty() => {}
                None => {
                    let remedy = "keep the variant; if it is called otherwise now, put `#[serde(alias = \"..\")]` on that";
                    let before = Some(write::variant(variant));
                    self.breaks(&path, "is a variant that is gone", (before, None), remedy);
                }
            }
        }
        if self.side == Side::Answer {
            return;
        }
        for variant in read {
            if !written.iter().any(|other| variant.reads.contains(&other.name)) {
                self.adds(&joined(path, &variant.name), "is a new variant");
            }
        }
    }

    /// A variant that is written and read.
    fn variant(&mut self, path: &str, written: &'f Variant, read: &'f Variant) {
        let texts = || (Some(write::variant(written)), Some(write::variant(read)));
        match (&written.content, &read.content) {
            (Some(a), Some(b)) => self.types(path, a, b),
            (None, None) => {}
            _ => self.breaks(path, "is a variant that holds something else", texts(), ""),
        }
        if self.side == Side::Stored {
            self.names(path, (&written.name, &written.reads), &read.reads, texts());
        }
    }

    /// Without a tag, a variant is told by what it holds, and is called as one likes.
    fn untagged(&mut self, path: &str, written: &'f [Variant], read: &'f [Variant]) {
        for variant in written {
            let path = joined(path, &variant.name);
            let holds = |other: &&'f Variant| {
                let mut trial = Comparison::new(self.side, self.written, self.read);
                trial.seen = self.seen.clone();
                trial.variant(&path, variant, other);
                trial.found.iter().all(|difference| !difference.breaks)
            };
            if read.iter().any(|other| holds(&other)) {
                continue;
            }
            match read.iter().find(|other| other.name == variant.name) {
                Some(other) => self.variant(&path, variant, other),
                None => {
                    let before = Some(write::variant(variant));
                    self.breaks(&path, "is a variant that is gone", (before, None), "keep the variant");
                }
            }
        }
        if read.len() > written.len() && self.side == Side::Stored {
            self.adds(path, "has new variants");
        }
    }
}
