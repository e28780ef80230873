//! Whether a log is whole in itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::{Log, report::Report};
use crate::dump::Event;

const MISSING: &str = "positions missing";
const REPEATED: &str = "positions repeated";
const OUT_OF_ORDER: &str = "positions out of order";
const TWICE: &str = "commands stored twice";
const IN_PART: &str = "commands stored in part";
const REJECTED: &str = "rejected commands with events";
const STREAMS: &str = "streams whose versions are not 1, 2, 3 and so on";
const CLOSED: &str = "events behind the end of their stream";

pub(super) fn count(log: &Log<'_>, report: &mut Report) {
    for line in [TWICE, IN_PART, REJECTED, MISSING, REPEATED, OUT_OF_ORDER, STREAMS, CLOSED] {
        report.wrong(line, 0);
    }
    positions(log, report);
    commands(log, report);
    streams(log, report);
}

fn positions(log: &Log<'_>, report: &mut Report) {
    let events = &log.dump.events;
    let there: BTreeSet<u64> = events.iter().map(|event| event.position).collect();
    // Behind the head nothing may be, either.
    let head = log.dump.head.max(there.last().copied().unwrap_or(0));
    for position in (1..=head).filter(|position| !there.contains(position)) {
        report.mistake(MISSING, || format!("{position} of {head}"));
    }
    if head > log.dump.head {
        report.mistake(OUT_OF_ORDER, || format!("{head}, behind the head at {}", log.dump.head));
    }
    report.wrong(REPEATED, (events.len() - there.len()) as u64);
    let backwards = events.windows(2).filter(|pair| pair[1].position < pair[0].position);
    report.wrong(OUT_OF_ORDER, backwards.count() as u64);
}

fn commands(log: &Log<'_>, report: &mut Report) {
    let mut commands: BTreeMap<Uuid, Vec<&Event>> = BTreeMap::new();
    for event in &log.dump.events {
        commands.entry(event.command).or_default().push(event);
    }
    for (command, events) in &commands {
        let first = events[0];
        let sendings: BTreeSet<Uuid> = events.iter().map(|event| event.payload.sending).collect();
        let numbers: BTreeSet<u32> = events.iter().map(|event| event.payload.number).collect();
        if sendings.len() > 1 || numbers.len() < events.len() {
            report.mistake(TWICE, || format!("command {command}"));
        } else if !is_whole(first, events) {
            report.mistake(IN_PART, || format!("command {command}"));
        }
        if log.ledger.get(command).is_some_and(|entry| entry.accepted.is_none()) {
            report.mistake(REJECTED, || format!("command {command}"));
        }
    }
}

/// Whether these are all events of a command, one behind the other.
fn is_whole(first: &Event, events: &[&Event]) -> bool {
    let in_place = |(event, number): (&&Event, u32)| {
        event.payload.number == number + 1
            && event.position == first.position + u64::from(number)
            && event.version == first.version + u64::from(number)
            && event.stream == first.stream
    };
    events.len() == first.payload.of as usize && events.iter().zip(0..).all(in_place)
}

fn streams(log: &Log<'_>, report: &mut Report) {
    let mut streams: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in &log.dump.events {
        streams.entry(&event.stream).or_default().push(event);
    }
    for (stream, events) in streams {
        if !events.iter().zip(1..).all(|(event, version)| event.version == version) {
            report.mistake(STREAMS, || format!("stream {stream}"));
        }
        let behind = events.iter().skip_while(|event| !event.payload.closes).skip(1);
        for event in behind {
            report.mistake(CLOSED, || format!("stream {stream}, position {}", event.position));
        }
    }
}
