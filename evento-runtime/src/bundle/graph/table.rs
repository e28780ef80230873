//! The table of names, and what is looked up in it.

use crate::{component::ComponentMeta, payload::PayloadMeta};

/// What a name in the table stands for.
#[derive(Clone, Copy)]
pub(super) enum Role {
    /// A component has this name.
    Component,
    /// A payload has this stored name, now or before.
    Payload,
    /// A command or query is handled.
    Handled,
    /// A command or query is handled by another bundle.
    Remote,
    /// A command is sent.
    Sent,
    /// A query is asked.
    Asked,
    /// An event is decided or emitted.
    Decided,
    /// An event is handled by a consumer.
    Consumed,
    /// A view is written.
    Written,
    /// A deadline is scheduled.
    Scheduled,
}

const ROLES: usize = 10;

/// Nobody has the name in this role.
const NOBODY: u16 = u16::MAX;

/// A name, for one payload or for components, with the index of the first component that has it in each role; where the role is
/// [`Role::Remote`], that of the payload.
#[derive(Clone, Copy)]
struct Entry {
    hash: u64,
    payload: Option<&'static PayloadMeta>,
    first: [u16; ROLES],
    used: bool,
}

impl Entry {
    const FREE: Self = Self { hash: 0, payload: None, first: [NOBODY; ROLES], used: false };

    const fn first(&self, role: Role) -> Option<usize> {
        match self.first[role as usize] {
            NOBODY => None,
            first => Some(first as usize),
        }
    }
}

/// The graph of a bundle, indexed by name. `N` is [`capacity`](super::capacity) of the same components.
pub struct Graph<const N: usize> {
    pub(super) components: &'static [&'static ComponentMeta],
    pub(super) remote: &'static [&'static PayloadMeta],
    table: [Entry; N],
}

impl<const N: usize> Graph<N> {
    /// The graph of these components, with a table that knows nothing of them yet.
    pub(super) const fn empty(
        components: &'static [&'static ComponentMeta],
        remote: &'static [&'static PayloadMeta],
    ) -> Self {
        assert!(components.len() < NOBODY as usize, "a bundle has at most 65,534 components");
        Self { components, remote, table: [Entry::FREE; N] }
    }

    /// Notes that somebody has a name in a role.
    pub(super) const fn note(
        &mut self,
        hash: u64,
        payload: Option<&'static PayloadMeta>,
        role: Role,
        owner: usize,
    ) {
        let mut slot = (hash as usize) & (N - 1);
        while self.table[slot].used
            && (self.table[slot].hash != hash || !same_payload(self.table[slot].payload, payload))
        {
            slot = (slot + 1) & (N - 1);
        }
        let entry = &mut self.table[slot];
        (entry.hash, entry.payload, entry.used) = (hash, payload, true);
        let first = &mut entry.first[role as usize];
        if (owner as u16) < *first {
            *first = owner as u16;
        }
    }

    /// The first component that has a name in a role.
    pub(super) const fn first(&self, hash: u64, role: Role) -> Option<usize> {
        let mut found = None;
        let mut slot = (hash as usize) & (N - 1);
        while self.table[slot].used {
            let entry = &self.table[slot];
            if entry.hash == hash {
                found = earlier(found, entry.first(role));
            }
            slot = (slot + 1) & (N - 1);
        }
        found
    }

    /// The first component that uses this very payload, under a name.
    pub(super) const fn first_with(&self, hash: u64, payload: &'static PayloadMeta) -> Option<usize> {
        let mut slot = (hash as usize) & (N - 1);
        while self.table[slot].used {
            let entry = &self.table[slot];
            if entry.hash == hash && same_payload(entry.payload, Some(payload)) {
                return entry.first(Role::Payload);
            }
            slot = (slot + 1) & (N - 1);
        }
        None
    }

    /// Another payload of the same name, with the first component that uses it.
    pub(super) const fn namesake(
        &self,
        hash: u64,
        payload: &'static PayloadMeta,
    ) -> Option<(usize, &'static PayloadMeta)> {
        let mut found: Option<(usize, &'static PayloadMeta)> = None;
        let mut slot = (hash as usize) & (N - 1);
        while self.table[slot].used {
            let entry = &self.table[slot];
            if entry.hash == hash
                && let (Some(other), Some(first)) = (entry.payload, entry.first(Role::Payload))
                && !same_payload(Some(other), Some(payload))
            {
                found = match found {
                    Some((known, other)) if known <= first => Some((known, other)),
                    _ => Some((first, other)),
                };
            }
            slot = (slot + 1) & (N - 1);
        }
        found
    }
}

const fn earlier(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    match (a, b) {
        (Some(first), Some(second)) if second < first => b,
        (Some(_), _) => a,
        (None, _) => b,
    }
}

/// Whether two descriptions are of one type.
pub(super) const fn same_payload(a: Option<&PayloadMeta>, b: Option<&PayloadMeta>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.key.name == b.key.name && a.key.definition == b.key.definition,
        (None, None) => true,
        _ => false,
    }
}
