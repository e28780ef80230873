//! How the story looks.

use std::io::{self, Write};

use evento::prelude::*;
use thiserror::Error;

use crate::payloads::TodoListView;

/// The story was not as it is told.
#[derive(Debug, Error)]
#[error("`{what}` was expected to be {expected}")]
struct Unexpected {
    what: String,
    expected: &'static str,
}

pub fn say(line: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

pub fn heading(text: &str) -> Result<()> {
    say(&format!("\n{text}"))
}

/// Tells what was done. An acceptance means that the event is stored, and has its place in the log.
pub fn accepted(what: &str, outcome: Result<Receipt, SendError>) -> Result<()> {
    let receipt = outcome?;
    let position = receipt.position().unwrap_or_default();
    say(&format!("  {what:<42} event {position}"))
}

/// Tells what was not done, and why.
pub fn rejected(what: &str, outcome: Result<Receipt, SendError>) -> Result<()> {
    let Err(error) = outcome else {
        return Err(Unexpected { what: what.to_owned(), expected: "rejected" }.into());
    };
    let reason = match &error {
        // A rule of the domain said no.
        SendError::Rejected(rejection) => rejection.reason().to_owned(),
        // The life of the aggregate said no.
        SendError::NotFound { .. } => "there is no such list".to_owned(),
        SendError::AlreadyExists { .. } => "the list exists already".to_owned(),
        SendError::Deleted { .. } => "the list is deleted, for ever".to_owned(),
        _ => return Err(error.into()),
    };
    say(&format!("  {what:<42} rejected: {reason}"))
}

/// Shows a list as its view has it.
pub fn show(list: &TodoListView) -> Result<()> {
    say(&format!("    {}, created by {}, changed by {}", list.name, list.created.by, list.changed.by))?;
    for todo in &list.todos {
        let (content, added) = (&todo.content, &todo.added.by);
        say(&match &todo.checked {
            Some(checked) => format!("    [x] {content:<10} added by {added}, checked by {}", checked.by),
            None => format!("    [ ] {content:<10} added by {added}"),
        })?;
    }
    if !list.activity.is_empty() {
        let changes: Vec<_> = list.activity.iter().map(|(user, count)| format!("{user} {count}")).collect();
        say(&format!("    changes: {}", changes.join(", ")))?;
    }
    say(&format!("    status:  {}", list.status))
}
