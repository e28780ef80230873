//! Each mistake that is planted is found, and nothing else.

use uuid::Uuid;

use super::{Journals, Log, Logs, count, report::Report};
use crate::{
    dump::{Dump, Entry, Event, ReaderState},
    journal::{Answer, Batch, End, Note, Send},
    reader::Seen,
    writer::Payload,
};

/// A log, and what was noted while it was written.
#[derive(Default)]
struct Run {
    journals: Journals,
    last: Dump,
    replaced: Option<Dump>,
}

fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(1, number)
}

impl Run {
    /// Three commands of two events each on one stream, which a reader has seen.
    fn good() -> Self {
        let mut run = Self::default();
        for command in 0..3 {
            run.append("writer-0-0", command, 0, 0);
        }
        run.see("reader-0-0", 0, 6, 0);
        run
    }

    fn note(&mut self, worker: &str, note: Note) {
        self.journals.entry(worker.to_owned()).or_default().push(note);
    }

    /// A command that is sent in one era and answered in another, with its two events.
    fn append(&mut self, worker: &str, command: u64, sent: u8, era: u8) {
        let first = self.last.head + 1;
        for number in 1..=2 {
            self.last.head += 1;
            let position = self.last.head;
            self.last.events.push(Event {
                position,
                id: id(command * 10 + u64::from(number)),
                command: id(command),
                name: "Placed".to_owned(),
                stream: "a".to_owned(),
                version: position,
                payload: Payload { sending: id(command), number, of: 2, closes: false },
            });
        }
        let answer = Answer::Accepted { first, version: first, count: 2 };
        self.command(worker, command, sent, era, answer);
    }

    fn command(&mut self, worker: &str, command: u64, sent: u8, era: u8, answer: Answer) {
        let (command, sending) = (id(command), id(command));
        self.note(worker, Note::Send(Send { command, sending, count: 2, rejects: false, era: sent }));
        self.note(worker, Note::End(End { command, sending, answer, sent, era }));
    }

    /// The reader sees what is behind one position up to another, and saves it.
    fn see(&mut self, worker: &str, after: u64, scanned: u64, era: u8) {
        let events = Log::of(&self.last).between(after, scanned, &[]);
        self.note(worker, Note::Claimed { epoch: 1, checkpoint: after, era });
        self.note(worker, Note::Read(Batch { after, scanned, events: events.clone(), era }));
        self.note(worker, Note::Committed { checkpoint: scanned });
        if self.last.readers.is_empty() {
            self.last.readers.push(ReaderState { number: 0, names: vec![], checkpoint: 0, seen: vec![] });
        }
        let reader = &mut self.last.readers[0];
        reader.checkpoint = scanned;
        reader.seen.push(Seen { epoch: 1, after, scanned, events });
    }

    fn count(&self) -> Report {
        let replaced = self.replaced.as_ref().map(Log::of);
        count(&self.journals, &Logs { last: Log::of(&self.last), replaced })
    }

    /// Exactly these counts must not be 0.
    #[track_caller]
    fn has(&self, wrong: &[(&str, u64)]) {
        let found: Vec<_> = self.count().wrong_ones().collect();
        assert_eq!(found, wrong);
    }
}

#[test]
fn a_whole_log_has_nothing_wrong() {
    Run::good().has(&[]);
}

#[test]
fn an_acknowledged_command_that_is_missing_is_found() {
    let mut run = Run::good();
    run.command("writer-0-0", 9, 0, 0, Answer::Accepted { first: 7, version: 7, count: 1 });
    run.command("writer-0-0", 8, 0, 0, Answer::Rejected);
    run.has(&[("acknowledged commands missing", 2)]);
    run.last.ledger.push(Entry { command: id(8), accepted: None });
    run.has(&[("acknowledged commands missing", 1)]);
}

#[test]
fn a_command_that_was_refused_and_is_there_is_found() {
    let mut run = Run::good();
    let told = run.journals.get_mut("writer-0-0").and_then(|notes| notes.last_mut()).expect("a note");
    let Note::End(end) = told else { panic!("{told:?}") };
    end.answer = Answer::Failed;
    run.has(&[("commands stored although they were refused", 1)]);
    // Once it was not refused, nobody knows.
    run.command("writer-0-0", 2, 0, 0, Answer::Unknown);
    run.has(&[]);
}

#[test]
fn commands_that_are_there_twice_or_in_part_are_found() {
    let mut run = Run::good();
    run.last.events[3].payload.sending = id(77);
    run.last.events[2].payload.number = 2;
    run.journals.remove("writer-0-0");
    run.has(&[("commands stored twice", 1)]);
    run.last.events[3].payload.sending = id(1);
    run.last.events[2].payload = Payload { sending: id(1), number: 1, of: 3, closes: false };
    run.has(&[("commands stored in part", 1)]);
}

#[test]
fn positions_and_versions_that_are_not_in_order_are_found() {
    let mut run = Run::good();
    run.journals.clear();
    run.last.readers.clear();
    run.last.events.swap(0, 1);
    let out_of_order = run.count().number("positions out of order");
    assert_eq!(out_of_order, 1);
    run.last.events.swap(0, 1);
    run.last.events[5].version = 7;
    run.last.head = 7;
    run.has(&[
        ("commands stored in part", 1),
        ("positions missing", 1),
        ("streams whose versions are not 1, 2, 3 and so on", 1),
    ]);
}

#[test]
fn an_event_behind_the_end_of_its_stream_is_found() {
    let mut run = Run::good();
    run.last.events[3].payload.closes = true;
    run.has(&[("events behind the end of their stream", 2)]);
}

#[test]
fn what_a_reader_did_not_see_or_saw_twice_is_found() {
    let mut run = Run::good();
    let missed = run.last.readers[0].seen[0].events.remove(2);
    run.has(&[("events a reader passed and never saw", 1)]);
    run.last.readers[0].seen[0].events.extend([missed, missed]);
    run.has(&[("events a reader saw twice beyond its checkpoint", 1)]);
    let mut run = Run::good();
    run.note("reader-0-1", Note::Claimed { epoch: 2, checkpoint: 2, era: 0 });
    run.note("reader-0-1", Note::Committed { checkpoint: 6 });
    run.note("reader-0-1", Note::Claimed { epoch: 2, checkpoint: 4, era: 0 });
    run.has(&[("checkpoints that went back", 1)]);
    run.last.readers[0].checkpoint = 5;
    run.last.readers[0].seen[0].events.pop();
    run.has(&[("checkpoints that went back", 1), ("readers that have not come to the head", 1)]);
}

#[test]
fn a_live_reader_that_passes_what_comes_later_is_found() {
    let mut run = Run::good();
    let events = vec![(1, id(1)), (3, id(11))];
    let batch = Batch { after: 0, scanned: 3, events, era: 0 };
    run.note("reader-0-1", Note::Claimed { epoch: 2, checkpoint: 0, era: 0 });
    run.note("reader-0-1", Note::Read(batch));
    run.note("reader-0-1", Note::Committed { checkpoint: 3 });
    run.has(&[("events a reader passed and never saw", 1)]);
}

/// The log is replaced by a copy of its first four events, and goes on.
fn replaced() -> Run {
    let mut before = Run::good();
    before.append("writer-0-0", 7, 1, 1);
    before.see("reader-0-0", 6, 8, 1);
    let mut run = Run::good();
    run.journals = before.journals;
    run.last.events.truncate(4);
    run.last.head = 4;
    run.last.readers[0].seen[0].events.truncate(4);
    run.last.readers[0].checkpoint = 4;
    run.replaced = Some(before.last);
    run
}

#[test]
fn what_went_back_is_no_loss_unless_it_was_there_before_the_copy() {
    let mut run = replaced();
    run.append("writer-1-0", 20, 2, 2);
    run.see("reader-0-1", 4, 6, 2);
    // The third command was answered before the copy was taken.
    assert_eq!(run.count().number("acknowledged commands missing"), 1);
    assert_eq!(run.count().number("acknowledged commands that went back with the log"), 1);
}

#[test]
fn who_goes_on_without_being_told_is_found() {
    let mut run = replaced();
    run.append("writer-0-0", 20, 2, 2);
    run.see("reader-0-0", 4, 6, 2);
    let untold = "processes that lived through the return of an older copy and were not told";
    assert_eq!(run.count().number(untold), 2);
    run.note(
        "writer-0-0",
        Note::End(End { command: id(20), sending: id(20), answer: Answer::WentBack, sent: 2, era: 2 }),
    );
    run.note("reader-0-0", Note::WentBack);
    assert_eq!(run.count().number(untold), 0);
}
