//! Writes down which spans of evento are begun and ended, so that a test that kills the program can see afterwards what it
//! was doing at that moment.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use tracing::{Subscriber, span};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Registry},
};

/// Writes `+name` for each span that is begun and `-name` for each that is ended, from now on. Each line is handed to the
/// operating system at once, which keeps it when the program is killed.
pub fn write_to(path: &Path) -> io::Result<()> {
    let subscriber = Registry::default().with(Spans(File::create(path)?));
    tracing::subscriber::set_global_default(subscriber).map_err(io::Error::other)
}

struct Spans(File);

impl Spans {
    fn write(&self, sign: char, metadata: &tracing::Metadata<'_>) {
        if metadata.target().starts_with("evento") {
            // A test that finds a line missing says so; the work does not depend on it.
            let _ = (&self.0).write_all(format!("{sign}{}\n", metadata.name()).as_bytes());
        }
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _id: &span::Id, _context: Context<'_, S>) {
        self.write('+', attributes.metadata());
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        if let Some(metadata) = context.metadata(&id) {
            self.write('-', metadata);
        }
    }
}
