//! A process that writes: some tasks around one store, each sending one command after the other.

mod choice;
mod events;

pub(crate) use self::events::{NAMES, Payload};

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use evento_runtime::store::{Append, AppendError, Appended, LedgerEntry, LedgerOutcome, SharedStore};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout},
};

use self::choice::{Choice, Chooser};
use crate::{
    calls::bounded,
    era::Era,
    journal::{Answer, End, Journal, Note, Send},
};

/// What a writer is told about itself.
pub(crate) struct Writer {
    pub(crate) store: SharedStore,
    pub(crate) journal: Journal,
    pub(crate) era: Era,
    pub(crate) name: String,
    /// Of the whole run, and of this process in it.
    pub(crate) seeds: (u64, u64),
}

impl Writer {
    pub(crate) fn new(store: SharedStore, folder: &Path, name: &str, seeds: (u64, u64)) -> Result<Self> {
        let journal = Journal::create(folder, name)?;
        Ok(Self { store, journal, era: Era::of(folder), name: name.to_owned(), seeds })
    }
}

/// Writes in so many tasks until told to end.
pub(crate) async fn run(writer: Writer, tasks: u64, end: watch::Receiver<bool>) -> Result<()> {
    let writer = Arc::new(writer);
    let mut running = JoinSet::new();
    for task in 0..tasks {
        let (writer, end) = (Arc::clone(&writer), end.clone());
        running.spawn(async move { write(&writer, task, &end).await });
    }
    while let Some(ended) = running.join_next().await {
        ended.context("a task panicked")??;
    }
    writer.store.close().await;
    Ok(())
}

async fn write(writer: &Writer, task: u64, end: &watch::Receiver<bool>) -> Result<()> {
    let mut chooser = Chooser::new(&writer.name, task, writer.seeds);
    while !*end.borrow() {
        let choice = chooser.next();
        let mut tries = choice.insists;
        loop {
            let answer = send(writer, &choice).await?;
            chooser.learn(&choice, &answer);
            let uncertain = matches!(answer, Answer::Unknown | Answer::Failed | Answer::Cancelled);
            if !uncertain || tries == 0 || *end.borrow() {
                break;
            }
            tries -= 1;
        }
    }
    Ok(())
}

/// Sends a command, with a note before and a note after.
async fn send(writer: &Writer, choice: &Choice) -> Result<Answer> {
    let (command, sending) = (choice.append.command.0, choice.sending);
    let sent = writer.era.now()?;
    let count = u32::try_from(choice.append.events.len()).context("a command has few events")?;
    writer.journal.note(&Note::Send(Send { command, sending, count, rejects: choice.rejects, era: sent }))?;
    let call = async {
        if choice.rejects {
            reject(writer, choice).await
        } else {
            append(writer, &choice.append, choice).await
        }
    };
    let answer = match choice.patience {
        Some(patience) => timeout(patience, call).await.unwrap_or(Ok(Answer::Cancelled)),
        None => match bounded(call).await {
            Some(answer) => answer,
            None => {
                writer.journal.note(&Note::Hung { doing: "appending".to_owned() })?;
                Ok(Answer::Hung)
            }
        },
    }?;
    let era = writer.era.now()?;
    writer.journal.note(&Note::End(End { command, sending, answer: answer.clone(), sent, era }))?;
    Ok(answer)
}

async fn append(writer: &Writer, append: &Append, choice: &Choice) -> Result<Answer> {
    let deadline = Instant::now() + choice.deadline;
    Ok(match writer.store.append(append.clone(), deadline).await {
        Ok(Appended { first, first_version, count }) => {
            Answer::Accepted { first: first.0, version: first_version, count }
        }
        Err(AppendError::Conflict { actual, .. }) => Answer::Conflict { actual },
        Err(AppendError::Closed { .. }) => Answer::Closed,
        Err(AppendError::Duplicate(entry)) => known(&entry),
        Err(AppendError::Expired) => Answer::Expired,
        Err(AppendError::LogWentBack { .. }) => Answer::WentBack,
        Err(AppendError::Unknown { .. }) => Answer::Unknown,
        Err(AppendError::Store(error)) => {
            if !error.is_transient() {
                let error = format!("appending: {}", words(&error));
                writer.journal.note(&Note::Permanent { error })?;
            }
            Answer::Failed
        }
        Err(other) => {
            let error = format!("appending: {}", words(&other));
            writer.journal.note(&Note::Permanent { error })?;
            Answer::Unknown
        }
    })
}

async fn reject(writer: &Writer, choice: &Choice) -> Result<Answer> {
    let append = &choice.append;
    let reason = "out of stock".to_owned();
    Ok(match writer.store.record_rejection(append.command, append.recording.clone(), reason).await {
        Ok(None) => Answer::Rejected,
        Ok(Some(entry)) => known(&entry),
        Err(error) if error.is_transient() => Answer::Unknown,
        Err(error) => {
            let error = format!("recording a rejection: {}", words(&error));
            writer.journal.note(&Note::Permanent { error })?;
            Answer::Unknown
        }
    })
}

fn known(entry: &LedgerEntry) -> Answer {
    match entry.outcome {
        LedgerOutcome::Accepted { first, count } => Answer::Duplicate { first: first.0, count },
        LedgerOutcome::Rejected { .. } => Answer::KnownRejection,
    }
}

/// All that an error says, with what it comes from.
pub(crate) fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}
