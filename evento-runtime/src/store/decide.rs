//! Deciding about a group of appends, by a store that has looked up what is known while nobody else can append.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    Append, AppendError, Appended, LedgerEntry, LedgerOutcome,
    rules::{StreamState, first_version},
};
use crate::message::{CommandId, Position, StreamId};

type Outcome = Result<Appended, AppendError>;

/// What is known before an append.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) stream: StreamState,
    pub(crate) entry: Option<LedgerEntry>,
}

/// What a group will write, and the head behind it.
pub(crate) struct Batch<'b> {
    pub(crate) accepted: Vec<(&'b Append, Appended)>,
    pub(crate) head: u64,
}

impl Batch<'_> {
    /// The event that will be at the head; `None` without events.
    pub(crate) fn last_event(&self) -> Option<Uuid> {
        let last = self.accepted.iter().rev().find_map(|(append, _)| append.events.last());
        last.map(|event| event.id.0)
    }
}

/// Applies the rules to one append after the other, each of which sees what those before it will write.
pub(crate) fn decide<'b>(
    head: u64,
    appends: impl Iterator<Item = (&'b Append, Known)>,
) -> (Vec<Outcome>, Batch<'b>) {
    let mut batch = Batch { accepted: Vec::with_capacity(appends.size_hint().0), head };
    let mut streams: HashMap<&StreamId, StreamState> = HashMap::new();
    let mut commands: HashMap<CommandId, Appended> = HashMap::new();
    let mut outcomes = Vec::with_capacity(appends.size_hint().0);
    for (append, known) in appends {
        let entry = known.entry.or_else(|| {
            commands.get(&append.command).map(|appended| LedgerEntry {
                command: append.command,
                recording: batch
                    .accepted
                    .iter()
                    .find(|(accepted, _)| accepted.command == append.command)
                    .map_or_else(|| append.recording.clone(), |(accepted, _)| accepted.recording.clone()),
                outcome: LedgerOutcome::Accepted { first: appended.first, count: appended.count },
            })
        });
        if let Some(entry) = entry {
            outcomes.push(Err(AppendError::Duplicate(Box::new(entry))));
            continue;
        }
        let stream = streams.get(&append.stream).copied().unwrap_or(known.stream);
        let version = match first_version(append, stream) {
            Ok(version) => version,
            Err(error) => {
                outcomes.push(Err(error));
                continue;
            }
        };
        let count = u32::try_from(append.events.len()).unwrap_or(u32::MAX);
        let first = if count == 0 { batch.head } else { batch.head + 1 };
        let appended = Appended { first: Position(first), first_version: version, count };
        batch.head += u64::from(count);
        if count > 0 {
            let last = StreamState { version: version + u64::from(count) - 1, closed: append.closes };
            streams.insert(&append.stream, last);
        }
        commands.insert(append.command, appended);
        batch.accepted.push((append, appended));
        outcomes.push(Ok(appended));
    }
    (outcomes, batch)
}
