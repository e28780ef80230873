//! Writing down what is new. What was locked is only ever added to.

use std::collections::BTreeMap;

use serde_json::{Value, value::RawValue};

use super::{
    Given, ShapeLock, Unlockable,
    compare::differences,
    conform::mismatch,
    file::{Entry, Sample, subject},
    sample,
    subject::Subject,
    verify::subject_of,
};
use crate::payload::shape::{Definition, Form, Scalar, Type};

/// What is not locked yet, as sentences.
pub(super) fn additions(lock: &ShapeLock, entries: &[Entry], subjects: &[Subject]) -> Vec<String> {
    let mut additions = Vec::new();
    for subject in subjects {
        match of(entries, subject) {
            None => additions.push(format!("{} is new", subject.subject())),
            Some(entry) => {
                additions.extend(differences(&entry.form, &subject.form).into_iter().map(|difference| {
                    match &*difference.path {
                        "" => format!("{}: {}", subject.subject(), difference.what),
                        path => format!("{}: `{path}` {}", subject.subject(), difference.what),
                    }
                }));
            }
        }
    }
    for given in &lock.samples {
        let Some(subject) = subject_of(given, subjects) else { continue };
        let json = given.json.to_string();
        let known = |entry: &Entry| {
            is_of(entry, subject, given.version) && entry.samples.iter().any(|sample| sample.json == json)
        };
        if !entries.iter().any(known) {
            let subject = self::subject(subject.kind, subject.name, given.version);
            additions.push(format!("{subject}: a sample is new"));
        }
    }
    additions
}

fn of<'e>(entries: &'e [Entry], subject: &Subject) -> Option<&'e Entry> {
    entries.iter().find(|entry| is_of(entry, subject, subject.version))
}

fn is_of(entry: &Entry, subject: &Subject, version: u32) -> bool {
    entry.key() == (subject.kind, subject.name, version)
}

/// The entries with what is new.
pub(super) fn renewed(
    lock: &ShapeLock,
    entries: Vec<Entry>,
    subjects: &[Subject],
) -> Result<Vec<Entry>, Vec<Unlockable>> {
    let is_current = |subject: &Subject| {
        of(&entries, subject).is_some_and(|entry| differences(&entry.form, &subject.form).is_empty())
    };
    let stale: Vec<_> = subjects.iter().filter(|subject| !is_current(subject)).collect();
    let mut unlockable = Vec::new();
    let mut entries = with_given(lock, entries, subjects);
    for subject in stale {
        let known = entries.iter().position(|entry| is_of(entry, subject, subject.version));
        let before = known.map(|at| entries.swap_remove(at).samples).unwrap_or_default();
        match entry(subject, before, &lock.foreign) {
            Ok(entry) => entries.push(entry),
            Err((reason, remedy)) => unlockable.push(Unlockable {
                subject: subject.subject(),
                source: subject.source,
                reason,
                remedy,
            }),
        }
    }
    entries.sort_by(|a, b| a.key().cmp(&b.key()));
    if unlockable.is_empty() { Ok(entries) } else { Err(unlockable) }
}

/// The entries with the samples that the test has brought along. Those of earlier versions take the place of what was made up, which
/// an upcaster may not understand.
fn with_given(lock: &ShapeLock, mut entries: Vec<Entry>, subjects: &[Subject]) -> Vec<Entry> {
    for given in &lock.samples {
        let Some(subject) = subject_of(given, subjects) else { continue };
        let at = entries.iter().position(|entry| is_of(entry, subject, given.version)).unwrap_or_else(|| {
            entries.push(empty(subject, given));
            entries.len() - 1
        });
        let (entry, json) = (&mut entries[at], given.json.to_string());
        if given.version < subject.version {
            entry.samples.retain(|sample| sample.given);
        }
        if !entry.samples.iter().any(|sample| sample.json == json) {
            entry.samples.push(Sample { given: true, json });
        }
    }
    entries
}

/// The entry of a version that nobody has locked. Of an earlier one, only the samples are known.
fn empty(subject: &Subject, given: &Given) -> Entry {
    let any = || Form { root: Type::Scalar(Scalar::Any), response: None, definitions: BTreeMap::new() };
    let form = if given.version == subject.version { subject.form.clone() } else { any() };
    Entry {
        kind: subject.kind,
        name: subject.name.to_owned(),
        version: given.version,
        form,
        samples: Vec::new(),
    }
}

/// Why something cannot be locked, and what to do.
type Reason = (String, String);

/// The entry of the present version.
fn entry(subject: &Subject, before: Vec<Sample>, foreign: &BTreeMap<String, Value>) -> Result<Entry, Reason> {
    readable_as_written(&subject.form)?;
    let mut samples = before;
    let has_given = samples.iter().any(|sample| sample.given);
    match sample::made(&subject.form, foreign) {
        Ok(made) => {
            for value in made {
                match read_again(subject, &value) {
                    Ok(()) => keep(&mut samples, &value),
                    // Some types cannot have just any value.
                    Err(_) if has_given => {}
                    Err(reason) => return Err(reason),
                }
            }
        }
        Err(unknown) if samples.is_empty() => return Err(foreign_types(subject, unknown)),
        Err(_) => {}
    }
    let (name, version) = (subject.name.to_owned(), subject.version);
    Ok(Entry { kind: subject.kind, name, version, form: subject.form.clone(), samples })
}

fn keep(samples: &mut Vec<Sample>, value: &Value) {
    let same =
        |sample: &Sample| serde_json::from_str::<Value>(&sample.json).is_ok_and(|known| known == *value);
    if !samples.iter().any(same) {
        samples.push(Sample { given: false, json: value.to_string() });
    }
}

/// What may be left out must be readable without.
fn readable_as_written(form: &Form) -> Result<(), Reason> {
    let structs = form.definitions.values().filter_map(|definition| match definition {
        Definition::Struct(members) => Some(members),
        Definition::Enum(..) => None,
    });
    let lost = structs.flat_map(|members| &members.fields).find(|field| field.omitted && !field.optional);
    match lost {
        Some(field) => Err((
            format!("`{}` may be left out when it is written, and cannot be read without", field.name),
            format!("put `#[serde(default)]` on `{}` beside `skip_serializing_if`", field.name),
        )),
        None => Ok(()),
    }
}

/// Whether a sample that was made up can be read, and comes out as the shape says.
fn read_again(subject: &Subject, value: &Value) -> Result<(), Reason> {
    let sample = |reason: String| {
        (
            format!("a sample that was made up from its shape cannot be read: {reason}\n    {value}"),
            format!("give one that can, with `ShapeLock::{}`", how_to_give(subject)),
        )
    };
    let json = RawValue::from_string(value.to_string()).map_err(|error| sample(error.to_string()))?;
    if let Some(Err(error)) = subject.wire.decode(subject.name, subject.version, &json) {
        return Err(sample(error.to_string()));
    }
    match subject.wire.again(&json) {
        Some(Ok(again)) => match mismatch(&subject.form, &again) {
            Some(reason) => Err((
                format!("its JSON is not what its shape says: {reason}"),
                "derive `Shape` where serde's traits are derived, and write it by hand where they are written by hand"
                    .to_owned(),
            )),
            None => Ok(()),
        },
        Some(Err(error)) => Err(sample(error.to_string())),
        None => Ok(()),
    }
}

fn foreign_types(subject: &Subject, unknown: impl IntoIterator<Item = String>) -> Reason {
    let names: Vec<_> = unknown.into_iter().collect();
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let first = names.first().map(String::as_str).unwrap_or_default();
    (
        format!("only the name is known of what it contains: {}", quoted.join(", ")),
        format!(
            "derive `Shape` for it if the type is yours; say what its JSON may be, with `ShapeLock::foreign({first:?}, json!(..))`; or give a sample of \
             the whole, with `ShapeLock::{}`",
            how_to_give(subject)
        ),
    )
}

/// The call that gives a sample.
fn how_to_give(subject: &Subject) -> String {
    match subject.kind {
        super::file::Kind::SagaState => {
            format!("sample_of({:?}, {}, json!(..))", subject.name, subject.version)
        }
        _ => format!("sample(&{} {{ .. }})", subject.name),
    }
}
