//! The check itself.

use serde_json::value::RawValue;

use super::{
    Breach, Given, LockError, Locked, ShapeLock,
    compare::differences,
    file::{self, Entry, Kind},
    mode::Mode,
    place, read, renew,
    subject::{self, Subject},
    write,
};
use crate::{bundle::Description, payload::DecodeError};

/// Checks everything, and does with what is new what the mode says.
pub(super) fn verify(lock: &ShapeLock, mode: Mode, bundle: &Description) -> Result<Locked, LockError> {
    let path = || lock.path.clone();
    let subjects = subject::all(bundle)?;
    stray_samples(lock, &subjects)?;
    let text = place::read(&lock.path)?;
    let entries = match &text {
        Some(text) => read::file(&lock.path, text)?,
        None if mode == Mode::Update => Vec::new(),
        None => return Err(LockError::Missing { path: path() }),
    };
    let mut breaches: Vec<_> = entries.iter().flat_map(|entry| broken(entry, &subjects)).collect();
    breaches.extend(lock.samples.iter().filter_map(|given| unreadable(given, &subjects)));
    if !breaches.is_empty() {
        return Err(LockError::Broken { path: path(), breaches });
    }
    let additions = renew::additions(lock, &entries, &subjects);
    match mode {
        Mode::Check => Ok(Locked { additions, written: false }),
        Mode::Complete if additions.is_empty() => Ok(Locked::default()),
        Mode::Complete => Err(LockError::Incomplete { path: path(), additions }),
        Mode::Update => {
            let entries = renew::renewed(lock, entries, &subjects)
                .map_err(|unlockable| LockError::Unlockable { path: path(), unlockable })?;
            let new = write::file(&entries);
            let written = text.is_none_or(|text| text != new);
            if written {
                place::write(&lock.path, &new)?;
            }
            Ok(Locked { additions: Vec::new(), written })
        }
    }
}

/// What a sample is of.
pub(super) fn subject_of<'s>(given: &Given, subjects: &'s [Subject]) -> Option<&'s Subject> {
    subjects_of(given, subjects).next()
}

/// What a sample may be of.
fn subjects_of<'s>(given: &Given, subjects: &'s [Subject]) -> impl Iterator<Item = &'s Subject> {
    let is_it = move |subject: &&Subject| {
        subject.name == given.name && given.kind.is_none_or(|kind| subject.kind == kind)
    };
    subjects.iter().filter(is_it)
}

/// A sample is of something that is locked, and of one thing.
fn stray_samples(lock: &ShapeLock, subjects: &[Subject]) -> Result<(), LockError> {
    for given in &lock.samples {
        if subjects_of(given, subjects).nth(1).is_some() {
            let way = |subject: &Subject| {
                let name = format!("{} {}", subject.kind.word(), subject.name);
                format!("sample_of({name:?}, {}, json!(..))", given.version)
            };
            let ways = subjects_of(given, subjects).map(way).collect();
            return Err(LockError::AmbiguousSample {
                name: given.name.clone(),
                version: given.version,
                ways,
            });
        }
        let reason = match subject_of(given, subjects) {
            None => "nothing is locked: the bundle has no event, no deadline and no saga of this name, and no command and no query that is `public`"
                .to_owned(),
            Some(subject) if given.version > subject.version => {
                format!("this program knows version {}", subject.version)
            }
            Some(_) if given.version == 0 => "there is no such version: they begin with 1".to_owned(),
            Some(_) => continue,
        };
        return Err(LockError::StraySample { name: given.name.clone(), version: given.version, reason });
    }
    Ok(())
}

/// What does not hold of an entry.
fn broken(entry: &Entry, subjects: &[Subject]) -> Vec<Breach> {
    let Some(subject) = subjects.iter().find(|subject| subject.is_called(entry.kind, &entry.name)) else {
        return vec![gone(entry, subjects)];
    };
    let breach = |what: String, diff: String, remedy: &str| Breach {
        subject: entry.subject(),
        source: Some(subject.source),
        path: String::new(),
        what,
        diff,
        remedy: remedy.to_owned(),
        cause: None,
    };
    if subject.kind != entry.kind {
        let what = format!("is a {} now", subject.kind.label());
        let diff = format!("- {}\n+ {}", entry.kind.word(), subject.kind.word());
        return vec![breach(what, diff, "keep the kind: what was stored is looked for by it")];
    }
    if entry.version > subject.version {
        let what = format!("this program knows version {} only", subject.version);
        return vec![breach(
            what,
            String::new(),
            "versions count up and never down: merge with whoever has raised it",
        )];
    }
    // Of a saga that is not continued, nobody reads the state.
    if entry.version < subject.oldest {
        return Vec::new();
    }
    let decoded_alike = entry.version == subject.version || entry.kind == Kind::SagaState;
    let mut breaches = Vec::new();
    if decoded_alike {
        for difference in differences(&entry.form, &subject.form).into_iter().filter(|found| found.breaks) {
            let diff = difference.diff();
            let remedies = [difference.remedy, remedy(entry, subject)];
            breaches.push(Breach {
                path: difference.path,
                remedy: remedies
                    .iter()
                    .filter(|remedy| !remedy.is_empty())
                    .cloned()
                    .collect::<Vec<_>>()
                    .join("; or "),
                ..breach(difference.what, diff, "")
            });
        }
    }
    // The samples of a shape that does not hold tell the same once more.
    if breaches.is_empty() {
        breaches.extend(entry.samples.iter().filter_map(|sample| decoded(entry, subject, sample)));
    }
    breaches
}

/// Something that was stored and is no more in the bundle.
fn gone(entry: &Entry, subjects: &[Subject]) -> Breach {
    let alike = |subject: &&Subject| {
        let differences = differences(&entry.form, &subject.form);
        subject.kind == entry.kind
            && subject.version == entry.version
            && differences.iter().all(|found| !found.breaks)
    };
    let named = |subject: &&Subject| {
        subject.kind.is_like(entry.kind)
            && strsim::normalized_damerau_levenshtein(subject.name, &entry.name) > 0.55
    };
    let successor = subjects.iter().filter(alike).find(named).or_else(|| subjects.iter().find(named));
    let (name, word) = (&entry.name, entry.kind.word());
    let mut remedy = match (successor, entry.kind) {
        (_, Kind::SagaState) => format!("keep the name with `#[saga(name = \"{name}\")]`, or the saga"),
        (Some(subject), _) => format!(
            "if it is called `{}` now, keep the old name beside it: `#[{word}(alias = \"{name}\")]`; if not, keep the type and a component that handles it",
            subject.name
        ),
        (None, _) => format!(
            "keep the type and a component that handles it; if it has another name now, keep the old one beside it: `#[{word}(alias = \"{name}\")]`"
        ),
    };
    if !entry.kind.is_event() && entry.kind != Kind::SagaState && entry.kind != Kind::Deadline {
        remedy += &format!("; and it is locked only while it is `#[{word}(public)]`");
    }
    Breach {
        subject: entry.subject(),
        source: None,
        path: String::new(),
        what: "nothing in the bundle has this name, so what is stored or sent under it cannot be read"
            .to_owned(),
        diff: format!("- {word} {name} {}", entry.version),
        remedy,
        cause: None,
    }
}

/// What can always be done.
fn remedy(entry: &Entry, subject: &Subject) -> String {
    let next = subject.version + 1;
    let word = entry.kind.word();
    match entry.kind {
        Kind::DomainEvent | Kind::ServiceEvent => format!(
            "raise the version, `#[{word}(version = {next})]`, and write how version {} becomes it, `#[upcast(from = {})]` in `#[upcasters] impl {}`",
            subject.version, subject.version, subject.name
        ),
        Kind::SagaState => format!(
            "raise the version of the saga, `#[saga(version = {next})]`, without adopting version {}, when none of its sagas is alive",
            entry.version
        ),
        Kind::Deadline => {
            "give what has changed a name of its own, and keep the old type until none of it is pending"
                .to_owned()
        }
        Kind::DomainCommand | Kind::ServiceCommand | Kind::Query => {
            "give what has changed a name of its own, and keep the old type until nobody sends it".to_owned()
        }
    }
}

/// What is wrong with a sample that was locked.
fn decoded(entry: &Entry, subject: &Subject, sample: &file::Sample) -> Option<Breach> {
    let cause = unread(subject, &entry.name, entry.version, &sample.json)?;
    let mut remedy = match &cause {
        DecodeError::UpcasterFailed { upcaster, .. } | DecodeError::UpcasterPanicked { upcaster, .. } => {
            format!("mend `{upcaster}`")
        }
        DecodeError::Upcast { upcasters, .. } => {
            format!("mend `{}`", upcasters.last().copied().unwrap_or_default())
        }
        _ => self::remedy(entry, subject),
    };
    if !sample.given {
        remedy += &format!(
            "; this sample was made up, so if nothing like it was ever stored, give one that was, with `ShapeLock::sample_of({:?}, {}, json!(..))`",
            subject.name, entry.version
        );
    }
    Some(sample_breach(entry.subject(), subject, &sample.json, cause, remedy))
}

/// What is wrong with a sample that the test has brought along.
fn unreadable(given: &Given, subjects: &[Subject]) -> Option<Breach> {
    let subject = subject_of(given, subjects).filter(|subject| given.version >= subject.oldest)?;
    let json = given.json.to_string();
    let cause = unread(subject, subject.name, given.version, &json)?;
    let name = file::subject(subject.kind, subject.name, given.version);
    Some(sample_breach(
        name,
        subject,
        &json,
        cause,
        "mend what reads it, or the sample in the test".to_owned(),
    ))
}

fn sample_breach(name: String, subject: &Subject, json: &str, cause: DecodeError, remedy: String) -> Breach {
    Breach {
        subject: name,
        source: Some(subject.source),
        path: String::new(),
        what: format!("a sample of it cannot be read: {cause}"),
        diff: format!("- {json}"),
        remedy,
        cause: Some(cause),
    }
}

/// Why JSON cannot be read, if it cannot.
fn unread(subject: &Subject, name: &str, version: u32, json: &str) -> Option<DecodeError> {
    let json = RawValue::from_string(json.to_owned()).expect("samples are read and written as JSON");
    subject.wire.decode(name, version, &json)?.err()
}
