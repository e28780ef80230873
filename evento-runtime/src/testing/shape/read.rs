//! The file, read back.

use std::{collections::BTreeMap, path::Path};

use serde_json::value::RawValue;

use super::{
    LockError,
    file::{Entry, FORMAT, Kind, Sample},
    write::digest,
};
use crate::payload::shape::{Definition, Field, Form, Members, Tagging, Type, Variant};

/// What a merge leaves where it does not know what to do.
const MARKS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// All entries, in the order of the file.
pub(super) fn file(path: &Path, text: &str) -> Result<Vec<Entry>, LockError> {
    let numbered = || text.lines().enumerate().map(|(at, line)| (at + 1, line));
    if let Some((line, _)) = numbered().find(|(_, line)| MARKS.iter().any(|mark| line.starts_with(mark))) {
        return Err(LockError::Merge { path: path.to_owned(), line });
    }
    let malformed =
        |(line, reason): (usize, String)| LockError::Malformed { path: path.to_owned(), line, reason };
    let mut lines = numbered().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let (first, format) = lines.next().unwrap_or((1, ""));
    match format.strip_prefix("format ").and_then(|format| format.trim().parse::<u64>().ok()) {
        None => return Err(malformed((first, format!("`format {FORMAT}` was expected")))),
        Some(format) if format > FORMAT => {
            return Err(LockError::Newer { path: path.to_owned(), format, known: FORMAT });
        }
        Some(_) => {}
    }
    let mut entries: Vec<Entry> = Vec::new();
    for lines in blocks(lines).map_err(malformed)? {
        let begins = lines[0].0;
        let (entry, digest) = Reader::read(&lines).map_err(malformed)?;
        if digest != self::digest(&whole(&lines)) {
            let (path, entry) = (path.to_owned(), entry.subject());
            return Err(LockError::Edited { path, line: begins, entry });
        }
        if entries.iter().any(|other| other.key() == entry.key()) {
            return Err(malformed((begins, format!("{} is there twice", entry.subject()))));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// A line with its number.
type Line<'t> = (usize, &'t str);

/// What is wrong with a line.
type Wrong = (usize, String);

/// The lines of each entry. There is none without lines.
fn blocks<'t>(lines: impl Iterator<Item = Line<'t>>) -> Result<Vec<Vec<Line<'t>>>, Wrong> {
    let mut blocks: Vec<Vec<_>> = Vec::new();
    for line in lines {
        match blocks.last_mut() {
            _ if !line.1.starts_with(' ') => blocks.push(vec![line]),
            Some(block) => block.push(line),
            None => return Err((line.0, "this belongs to no entry".to_owned())),
        }
    }
    Ok(blocks)
}

/// The lines before the digest, as they were written.
fn whole(lines: &[Line<'_>]) -> String {
    let before = lines.iter().take_while(|(_, line)| !line.starts_with("  digest "));
    before.flat_map(|(_, line)| [*line, "\n"]).collect()
}

/// An entry while it is read.
struct Reader {
    root: Option<Type>,
    response: Option<Type>,
    definitions: BTreeMap<String, Definition>,
    /// The definition to which the members belong that come now.
    open: Option<String>,
    samples: Vec<Sample>,
    digest: Option<String>,
}

impl Reader {
    fn read(lines: &[Line<'_>]) -> Result<(Entry, String), Wrong> {
        let (begins, head) = lines[0];
        let (kind, name, version) = self::head(head).map_err(|reason| (begins, reason))?;
        let mut reader = Self {
            root: None,
            response: None,
            definitions: BTreeMap::new(),
            open: None,
            samples: Vec::new(),
            digest: None,
        };
        for &(number, line) in &lines[1..] {
            reader.line(line).map_err(|reason| (number, reason))?;
        }
        let missing = |what: &str| (begins, format!("`{head}` has no {what}"));
        let Self { root, response, definitions, samples, digest, .. } = reader;
        let form = Form { root: root.ok_or_else(|| missing("shape"))?, response, definitions };
        let digest = digest.ok_or_else(|| missing("digest"))?;
        Ok((Entry { kind, name, version, form, samples }, digest))
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        if self.digest.is_some() {
            return Err("nothing comes behind the digest".to_owned());
        }
        if let Some(member) = line.strip_prefix("    ") {
            let label = self.open.as_deref().ok_or("this belongs to no struct and no enum")?;
            return match self.definitions.get_mut(label) {
                Some(Definition::Struct(members)) => add_field(member, members),
                Some(Definition::Enum(_, variants)) => {
                    variants.push(variant(member)?);
                    Ok(())
                }
                None => Err("this belongs to no struct and no enum".to_owned()),
            };
        }
        let part = line.strip_prefix("  ").ok_or("two spaces were expected")?;
        let (key, rest) = part.split_once(' ').unwrap_or((part, ""));
        self.open = None;
        match key {
            "shape" if self.root.is_none() => self.root = Some(ty(rest)?),
            "response" if self.response.is_none() => self.response = Some(ty(rest)?),
            "struct" => self.define(rest, Definition::Struct(Members::default()))?,
            "enum" => {
                let (label, tagging) = rest.split_once(' ').unwrap_or((rest, ""));
                self.define(label, Definition::Enum(self::tagging(tagging)?, Vec::new()))?;
            }
            "made" | "given" => {
                let json: &RawValue = serde_json::from_str(rest).map_err(|error| error.to_string())?;
                self.samples.push(Sample { given: key == "given", json: json.get().to_owned() });
            }
            "digest" => self.digest = Some(rest.to_owned()),
            _ => return Err(format!("`{key}` means nothing here")),
        }
        Ok(())
    }

    fn define(&mut self, label: &str, definition: Definition) -> Result<(), String> {
        if self.definitions.insert(label.to_owned(), definition).is_some() {
            return Err(format!("`{label}` is there twice"));
        }
        self.open = Some(label.to_owned());
        Ok(())
    }
}

/// `domain_event OrderPlaced 1`
fn head(line: &str) -> Result<(Kind, String, u32), String> {
    let expected =
        || format!("an entry was expected, such as `domain_event OrderPlaced 1`, in place of `{line}`");
    let (kind, rest) = line.split_once(' ').ok_or_else(expected)?;
    let kind = Kind::of_word(kind).ok_or_else(expected)?;
    let (name, rest) = word(rest)?;
    let version = rest.trim().parse().map_err(|_| expected())?;
    Ok((kind, name, version))
}

/// ` tag "type" content "data"`
fn tagging(text: &str) -> Result<Tagging, String> {
    if let Some(rest) = text.strip_prefix("tag ") {
        let (tag, rest) = word(rest)?;
        return match rest.trim().strip_prefix("content ") {
            Some(rest) => Ok(Tagging::Adjacent { tag, content: word(rest)?.0 }),
            None if rest.trim().is_empty() => Ok(Tagging::Internal { tag }),
            None => Err(format!("`{rest}` means nothing here")),
        };
    }
    match text {
        "" => Ok(Tagging::External),
        "untagged" => Ok(Tagging::Untagged),
        other => Err(format!("`{other}` means nothing here")),
    }
}

fn add_field(line: &str, members: &mut Members) -> Result<(), String> {
    if let Some(flattened) = line.strip_prefix("..: ") {
        members.flattened.push(ty(flattened)?);
        return Ok(());
    }
    let (name, rest) = word(line)?;
    let rest = rest.strip_prefix(": ").ok_or("a type was expected behind the name")?;
    let (ty, rest) = Type::at_the_beginning(rest).map_err(|error| error.to_string())?;
    let said = Said::read(&name, rest)?;
    members.fields.push(Field {
        name,
        reads: said.reads,
        optional: said.optional,
        omitted: said.omitted,
        unwritten: said.unwritten,
        ty,
    });
    Ok(())
}

fn variant(line: &str) -> Result<Variant, String> {
    let (name, mut rest) = word(line)?;
    let mut content = None;
    if let Some(text) = rest.strip_prefix(": ") {
        let (ty, behind) = Type::at_the_beginning(text).map_err(|error| error.to_string())?;
        (content, rest) = (Some(ty), behind);
    }
    let said = Said::read(&name, rest)?;
    if said.optional || said.omitted || said.unwritten {
        return Err("a variant is not optional".to_owned());
    }
    Ok(Variant { name, reads: said.reads, content })
}

/// What is said behind a field or a variant.
struct Said {
    reads: Vec<String>,
    optional: bool,
    omitted: bool,
    unwritten: bool,
}

impl Said {
    fn read(name: &str, text: &str) -> Result<Self, String> {
        let mut said =
            Self { reads: vec![name.to_owned()], optional: false, omitted: false, unwritten: false };
        let mut rest = text;
        while let Some(text) = rest.strip_prefix(", ") {
            let (word, behind) = word(text)?;
            rest = behind;
            match &*word {
                "optional" => said.optional = true,
                "omitted" => said.omitted = true,
                "unwritten" => said.unwritten = true,
                "unread" => said.reads.retain(|read| read != name),
                "alias" => {
                    let (alias, behind) = self::word(rest.trim_start())?;
                    said.reads.push(alias);
                    rest = behind;
                }
                other => return Err(format!("`{other}` means nothing here")),
            }
        }
        if rest.is_empty() { Ok(said) } else { Err(format!("`{rest}` means nothing here")) }
    }
}

fn ty(text: &str) -> Result<Type, String> {
    text.parse().map_err(|error: crate::payload::shape::NoType| error.to_string())
}

/// A name at the beginning, in quotes or without, and what stands behind it.
fn word(text: &str) -> Result<(String, &str), String> {
    if text.starts_with('"') {
        let mut names = serde_json::Deserializer::from_str(text).into_iter::<String>();
        return match names.next() {
            Some(Ok(name)) => Ok((name, &text[names.byte_offset()..])),
            _ => Err(format!("`{text}` does not begin with a name in quotes")),
        };
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && !"_-.".contains(c)).unwrap_or(text.len());
    match text.split_at(end) {
        ("", _) => Err(format!("a name was expected at `{text}`")),
        (name, rest) => Ok((name.to_owned(), rest)),
    }
}
