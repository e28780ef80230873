//! What a writer sends next. The same seed chooses the same again, as far as the answers are the same.

use std::{collections::HashMap, time::Duration};

use evento_runtime::store::{Append, Expected};
use uuid::Uuid;

use super::events::append;
use crate::journal::Answer;

/// Streams on which all writers meet.
const SHARED_STREAMS: u64 = 12;
/// Streams of a task's own.
const OWN_STREAMS: u64 = 4;
/// Commands that several writers send at about the same time.
const SHARED_COMMANDS: u64 = 4_000;
/// How far the shared commands that are sent at one time are apart.
const SHARED_WINDOW: u64 = 40;
/// How many of its own commands a task may send once more.
const REMEMBERED: usize = 64;
/// Long enough for everything that is waited for.
const FAR: Duration = Duration::from_secs(60);

/// One command to be sent.
pub(super) struct Choice {
    pub(super) append: Append,
    pub(super) sending: Uuid,
    pub(super) rejects: bool,
    /// When it expires.
    pub(super) deadline: Duration,
    /// How long the caller waits before it goes away; `None` for ever.
    pub(super) patience: Option<Duration>,
    /// How often it is sent again when nobody knows what became of it.
    pub(super) insists: u32,
}

/// Chooses the commands of one task.
pub(super) struct Chooser {
    lots: fastrand::Rng,
    task: String,
    run: u64,
    /// The versions of streams, as far as this task knows.
    versions: HashMap<String, u64>,
    remembered: Vec<(Uuid, String)>,
    shared: u64,
    short_lived: u64,
    /// A stream that this task has ended.
    ended: Option<String>,
}

impl Chooser {
    pub(super) fn new(worker: &str, task: u64, (run, process): (u64, u64)) -> Self {
        let lots = fastrand::Rng::with_seed(run ^ process.rotate_left(32) ^ task.rotate_left(16));
        Self {
            lots,
            task: format!("{worker}-{task}"),
            run,
            versions: HashMap::new(),
            remembered: Vec::new(),
            shared: 0,
            short_lived: 0,
            ended: None,
        }
    }

    pub(super) fn next(&mut self) -> Choice {
        let command = self.id();
        match self.lots.u32(..100) {
            0..50 => {
                let stream = self.stream();
                self.expecting(command, &stream, 1)
            }
            50..62 => {
                let (stream, count) = (self.stream(), self.lots.u32(2..=6));
                self.expecting(command, &stream, count)
            }
            62..72 => {
                let (stream, count) = (self.stream(), self.lots.u32(1..=3));
                self.choice(command, &stream, count, false)
            }
            72..76 => self.wrong(command),
            76..80 => self.repeated(command),
            80..88 => {
                let (command, stream) = (self.shared_command(), self.stream());
                self.choice(command, &stream, 2, false)
            }
            88..91 => self.rejected(command),
            91..93 => self.choice(command, "none", 0, false),
            93..96 => self.ending(command),
            96..98 => {
                let stream = self.stream();
                let deadline = Duration::from_micros(self.lots.u64(..3_000));
                Choice { deadline, ..self.expecting(command, &stream, 1) }
            }
            _ => {
                let stream = self.stream();
                let patience = Some(Duration::from_micros(self.lots.u64(..4_000)));
                Choice { patience, ..self.expecting(command, &stream, 2) }
            }
        }
    }

    /// Takes an answer into account.
    pub(super) fn learn(&mut self, choice: &Choice, answer: &Answer) {
        let append = &choice.append;
        let stream = append.stream.id.to_string();
        match answer {
            Answer::Accepted { version, count, .. } if *count > 0 => {
                self.versions.insert(stream.clone(), version + u64::from(*count) - 1);
                if append.closes {
                    self.ended = Some(stream.clone());
                }
                self.remember(append.command.0, stream);
            }
            Answer::Conflict { actual } => {
                self.versions.insert(stream, *actual);
            }
            Answer::Rejected => self.remember(append.command.0, stream),
            Answer::WentBack => self.versions.clear(),
            _ => {}
        }
    }

    fn remember(&mut self, command: Uuid, stream: String) {
        if self.remembered.len() == REMEMBERED {
            let forgotten = self.lots.usize(..REMEMBERED);
            self.remembered.swap_remove(forgotten);
        }
        self.remembered.push((command, stream));
    }

    fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.lots.u128(..).to_be_bytes()).into_uuid()
    }

    fn stream(&mut self) -> String {
        if self.lots.u32(..3) > 0 {
            format!("shared-{}", self.lots.u64(..SHARED_STREAMS))
        } else {
            format!("{}-{}", self.task, self.lots.u64(..OWN_STREAMS))
        }
    }

    fn choice(&mut self, command: Uuid, stream: &str, count: u32, closes: bool) -> Choice {
        let sending = self.id();
        Choice {
            append: append(command, sending, stream, count, closes),
            sending,
            rejects: false,
            deadline: FAR,
            patience: None,
            insists: self.lots.u32(..4),
        }
    }

    /// At the version that the task believes the stream to have.
    fn expecting(&mut self, command: Uuid, stream: &str, count: u32) -> Choice {
        let version = self.versions.get(stream).copied().unwrap_or(0);
        let mut choice = self.choice(command, stream, count, false);
        choice.append.expected = Expected::Version(version);
        choice
    }

    /// At a version that the stream does not have: too old, or not there yet.
    fn wrong(&mut self, command: Uuid) -> Choice {
        let stream = self.stream();
        let version = self.versions.get(&stream).copied().unwrap_or(0);
        let mut choice = self.choice(command, &stream, 1, false);
        let too_high = self.lots.bool();
        let wrong = if too_high { version + 1_000_000 } else { version / 2 };
        choice.append.expected = Expected::Version(wrong);
        choice
    }

    /// A command that was sent before.
    fn repeated(&mut self, command: Uuid) -> Choice {
        let (command, stream) = match self.remembered.len() {
            0 => (command, self.stream()),
            known => self.remembered[self.lots.usize(..known)].clone(),
        };
        let stream = if self.lots.bool() { stream } else { self.stream() };
        let count = self.lots.u32(1..=2);
        self.choice(command, &stream, count, false)
    }

    /// A command that other writers send at about the same time.
    fn shared_command(&mut self) -> Uuid {
        self.shared = (self.shared + 1) % SHARED_COMMANDS;
        let number = self.shared + self.lots.u64(..SHARED_WINDOW);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{} {number}", self.run).as_bytes())
    }

    fn rejected(&mut self, command: Uuid) -> Choice {
        let stream = self.stream();
        let mut choice = self.choice(command, &stream, 0, false);
        choice.rejects = true;
        choice
    }

    /// The end of a stream, or an attempt to go on behind one.
    fn ending(&mut self, command: Uuid) -> Choice {
        if let Some(ended) = self.ended.take() {
            return self.choice(command, &ended, 1, false);
        }
        self.short_lived += 1;
        let stream = format!("{}-short-{}", self.task, self.short_lived);
        self.choice(command, &stream, 2, true)
    }
}
