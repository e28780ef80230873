//! The table of names, and what is looked up in it.

use crate::{
    component::ComponentMeta,
    payload::{PayloadMeta, hash},
};

/// What a name in the table stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A component has this name.
    Component,
    /// A command or query is handled.
    Handled,
    /// A command or query is handled by another bundle.
    Remote,
    /// A view is written.
    Written,
    /// A payload has this stored name.
    Payload,
}

#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) hash: u64,
    pub(super) role: Role,
    /// The index of the component; for a remote payload that of the payload.
    pub(super) owner: usize,
    /// The payload of the name, where it is one of a payload.
    pub(super) payload: Option<&'static PayloadMeta>,
    pub(super) used: bool,
}

/// The graph of a bundle, indexed by name. `N` is [`capacity`](super::capacity) of the same components.
pub struct Graph<const N: usize> {
    pub(super) components: &'static [&'static ComponentMeta],
    pub(super) table: [Entry; N],
}

impl<const N: usize> Graph<N> {
    /// Adds an entry, unless it is there already.
    pub(super) const fn with_entry(mut self, new: Entry) -> Self {
        let Entry { hash, role, owner, .. } = new;
        let mut slot = (hash as usize) & (N - 1);
        while self.table[slot].used {
            let entry = self.table[slot];
            if entry.hash == hash
                && entry.role as u8 == role as u8
                && entry.owner == owner
                && same_payload(entry.payload, new.payload)
            {
                return self;
            }
            slot = (slot + 1) & (N - 1);
        }
        self.table[slot] = new;
        self
    }

    /// Another payload of the same stored name, with the lowest owner.
    pub(super) const fn namesake(
        &self,
        payload: &'static PayloadMeta,
    ) -> Option<(usize, &'static PayloadMeta)> {
        let hash = hash(payload.name);
        let mut slot = (hash as usize) & (N - 1);
        let mut found: Option<(usize, &'static PayloadMeta)> = None;
        while self.table[slot].used {
            let entry = self.table[slot];
            if entry.hash == hash
                && let Some(other) = entry.payload
                && !same_payload(Some(other), Some(payload))
            {
                found = match found {
                    Some((owner, known)) if owner <= entry.owner => Some((owner, known)),
                    _ => Some((entry.owner, other)),
                };
            }
            slot = (slot + 1) & (N - 1);
        }
        found
    }

    /// The first component that uses a payload.
    pub(super) const fn first_with(&self, payload: &'static PayloadMeta) -> Option<usize> {
        let hash = hash(payload.name);
        let mut slot = (hash as usize) & (N - 1);
        let mut first = None;
        while self.table[slot].used {
            let entry = self.table[slot];
            if entry.hash == hash && entry.payload.is_some() && same_payload(entry.payload, Some(payload)) {
                first = match first {
                    Some(known) if known < entry.owner => Some(known),
                    _ => Some(entry.owner),
                };
            }
            slot = (slot + 1) & (N - 1);
        }
        first
    }

    /// The lowest owner of a name in a role.
    pub(super) const fn first(&self, hash: u64, role: Role) -> Option<usize> {
        let mut slot = (hash as usize) & (N - 1);
        let mut first = None;
        while self.table[slot].used {
            let entry = self.table[slot];
            if entry.hash == hash && entry.role as u8 == role as u8 {
                first = match first {
                    Some(known) if known < entry.owner => Some(known),
                    _ => Some(entry.owner),
                };
            }
            slot = (slot + 1) & (N - 1);
        }
        first
    }
}

/// Whether two descriptions are of one type: it is defined once, in one place. What one macro defines is all in the place
/// where the macro is called, so the name counts too.
pub(super) const fn same_payload(a: Option<&PayloadMeta>, b: Option<&PayloadMeta>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => {
            hash(a.name) == hash(b.name)
                && a.source.line == b.source.line
                && hash(a.source.file) == hash(b.source.file)
                && a.kind as u8 == b.kind as u8
        }
        (None, None) => true,
        _ => false,
    }
}
