//! Groups that one statement can write: each stream and each command at most once.

use std::collections::HashSet;

use super::Begun;
use crate::message::{CommandId, StreamId};

/// Takes the first append of each stream and of each command; those behind them come later.
pub(crate) fn apart(begun: Vec<Begun>) -> (Vec<Begun>, Vec<Begun>) {
    if begun.len() == 1 {
        return (begun, Vec::new());
    }
    let mut streams: HashSet<StreamId> = HashSet::with_capacity(begun.len());
    let mut commands: HashSet<CommandId> = HashSet::with_capacity(begun.len());
    let mut later = Vec::new();
    let mut now = Vec::with_capacity(begun.len());
    for each in begun {
        let append = each.append();
        let first_of_command = commands.insert(append.command);
        let first_of_stream = streams.insert(append.stream.clone());
        if first_of_command && first_of_stream { now.push(each) } else { later.push(each) }
    }
    (now, later)
}
