//! What was done to the processes and their database, as whoever did it has noted, and whether `health()` told of it.

use std::{collections::BTreeMap, fs, io, path::Path};

use evento::prelude::*;
use thiserror::Error;

use super::{Counts, Evidence};
use crate::workload::{faults::is_permanent, journal::Note};

/// The file of these notes.
const FILE: &str = "outages";
/// How long a process may take to tell that its database is away, in milliseconds.
const NOTICED_WITHIN: u128 = 10_000;
/// For how long one that was stopped may go on with what it was doing before it notices that others have its consumers, in
/// milliseconds.
const OBLIVIOUS: u128 = 1_000;
/// A handler that fails for a shorter time, in milliseconds, may be well again before anybody asks.
const SEEN_AFTER: u128 = 400;

#[derive(Debug, Error)]
#[error("`{0}` is no outage")]
struct NoOutage(String);

/// One note: `<milliseconds> killed <process>`, `<milliseconds> stopped <process>`, `<milliseconds> continued <process>`, or
/// `<milliseconds> server <name> <name> …` with the names of those who must have noticed.
enum Outage {
    Process(u32),
    Continued(u32),
    Server(Vec<String>),
}

/// All of them, each with its time.
pub struct Outages(Vec<(u128, Outage)>);

impl Outages {
    pub fn read(folder: &Path) -> Result<Self> {
        let text = match fs::read_to_string(folder.join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        Ok(Self(text.lines().map(read).collect::<Result<_>>()?))
    }

    /// Whether something interrupted a process between two times.
    pub fn interrupted(&self, process: u32, from: u128, until: u128) -> bool {
        let strikes = |(at, outage): &(u128, Outage)| match outage {
            Outage::Process(struck) => *struck == process && (from..=until).contains(at),
            // Others have taken over what it was doing while it was stopped, and it finishes that first.
            Outage::Continued(struck) => {
                *struck == process && (from.saturating_sub(OBLIVIOUS)..=until).contains(at)
            }
            Outage::Server(_) => (from..=until).contains(at),
        };
        self.0.iter().any(strikes)
    }

    /// Counts those of which `health()` said nothing, and returns what else is worth knowing.
    pub fn count(&self, evidence: &Evidence, counts: &mut Counts) -> Vec<(usize, String)> {
        let journals: BTreeMap<&str, &[Note]> =
            evidence.journals.iter().map(|(name, notes)| (name.as_str(), notes.as_slice())).collect();
        let (mut missed, mut noticed) = (Vec::new(), 0);
        for (at, outage) in &self.0 {
            let Outage::Server(witnesses) = outage else { continue };
            for witness in witnesses {
                let notes = journals.get(witness.as_str()).copied().unwrap_or_default();
                if tells_within(notes, *at, |reasons| reasons.starts_with("not ready")) {
                    noticed += 1;
                } else {
                    missed.push(format!("{witness} at {at}"));
                }
            }
        }
        counts.add("processes that called themselves ready for 10 s while their database was away", missed);
        let still = evidence.notes().filter_map(|note| match note {
            Note::StoodStill { consumer } => Some(consumer.clone()),
            _ => None,
        });
        counts.add("consumers that stood still for 10 s while all was said to be well", still);
        let not_again = evidence
            .journals
            .iter()
            .filter(|(_, notes)| notes.iter().any(|note| matches!(note, Note::Ended { is_ready: false })));
        counts.add("processes that were not ready again in the end", not_again.map(|(name, _)| name.clone()));
        let failing = reasons(evidence, "is Failing");
        counts.add("failing handlers of which no process told within 10 s", untold_faults(evidence));
        vec![
            (noticed, "times that a process told of the absence of its database".to_owned()),
            (failing, "times that a process told of a failing handler".to_owned()),
            (
                reasons(evidence, "nobody runs it"),
                "times that one told of a consumer that nobody ran".to_owned(),
            ),
            (reasons(evidence, "BackingOff"), "times that one told of a consumer that backs off".to_owned()),
        ]
    }
}

fn read(line: &str) -> Result<(u128, Outage)> {
    let words: Vec<&str> = line.split(' ').collect();
    match &*words {
        [at, "killed" | "stopped", process] => Ok((at.parse()?, Outage::Process(process.parse()?))),
        [at, "continued", process] => Ok((at.parse()?, Outage::Continued(process.parse()?))),
        [at, "server", witnesses @ ..] => {
            Ok((at.parse()?, Outage::Server(witnesses.iter().map(|name| (*name).to_owned()).collect())))
        }
        _ => Err(NoOutage(line.to_owned()).into()),
    }
}

fn reasons(evidence: &Evidence, part: &str) -> usize {
    let tells = |note: &&Note| matches!(note, Note::Health { reasons, .. } if reasons.contains(part));
    evidence.notes().filter(tells).count()
}

/// The faults that lasted for a while, and of which nobody ever said so in time.
fn untold_faults(evidence: &Evidence) -> Vec<String> {
    let mut attempts: BTreeMap<(&str, &str, u64), Vec<u128>> = BTreeMap::new();
    for (process, notes) in &evidence.journals {
        for note in notes {
            if let Note::Fault { kind, component, position, at } = note
                && !is_permanent(kind)
            {
                // Another process may meet the same fault much later: when it builds the views of another version.
                attempts.entry((process, component, *position)).or_default().push(*at);
            }
        }
    }
    let lasting = attempts.into_iter().filter_map(|((_, component, position), times)| {
        let (first, last) = (*times.iter().min()?, *times.iter().max()?);
        (last - first >= SEEN_AFTER).then_some(((component, position), first))
    });
    let untold = lasting.filter(|((component, _), first)| {
        let tells = |reasons: &str| reasons.contains(component) && reasons.contains("is Failing");
        !evidence.journals.iter().any(|(_, notes)| tells_within(notes, *first, tells))
    });
    untold.map(|((component, position), at)| format!("{component} at event {position}, {at}")).collect()
}

/// Whether a process said something of that kind in the time after a fault, or was saying it already.
fn tells_within(notes: &[Note], fault: u128, tells: impl Fn(&str) -> bool) -> bool {
    let mut before = false;
    for note in notes {
        let Note::Health { at, reasons, .. } = note else { continue };
        if *at > fault + NOTICED_WITHIN {
            break;
        }
        if *at < fault {
            before = tells(reasons);
        } else if tells(reasons) {
            return true;
        }
    }
    before
}
