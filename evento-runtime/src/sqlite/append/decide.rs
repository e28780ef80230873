//! Deciding what of a group is written.

use std::collections::HashMap;

use super::{Outcome, look::Known};
use crate::{
    message::{CommandId, Position, StreamId},
    store::{Append, AppendError, Appended, Begun, LedgerEntry, LedgerOutcome, StreamState, first_version},
};

/// What a group will write, and the head behind it.
pub(super) struct Batch<'b> {
    pub(super) accepted: Vec<(&'b Append, Appended)>,
    pub(super) head: u64,
}

/// Applies the rules to one append after the other, each of which sees what those before it will write.
pub(super) fn decide(head: u64, begun: &[Begun], known: Vec<Known>) -> (Vec<Outcome>, Batch<'_>) {
    let mut batch = Batch { accepted: Vec::with_capacity(begun.len()), head };
    let mut streams: HashMap<&StreamId, StreamState> = HashMap::new();
    let mut commands: HashMap<CommandId, Appended> = HashMap::new();
    let mut outcomes = Vec::with_capacity(begun.len());
    for (each, known) in begun.iter().zip(known) {
        let append = each.append();
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
