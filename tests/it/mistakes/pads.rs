//! Pads with notes, and somebody who hears of each note and does what the test says.

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use evento::{App, Client, prelude::*, store::SharedStore};
use futures_util::future::BoxFuture;

/// Writes notes, with one event for each.
#[domain_command]
pub struct Jot {
    #[aggregate_id]
    pub pad: String,
    pub texts: Vec<String>,
}

/// Events that nobody handles.
#[domain_command]
pub struct Doodle {
    #[aggregate_id]
    pub pad: String,
    pub times: u32,
}

#[domain_event]
pub struct Jotted {
    pub pad: String,
    pub text: String,
}

#[domain_event]
pub struct Doodled {
    pub pad: String,
}

#[aggregate_state]
pub struct Pad {}

#[aggregate]
impl Pad {
    #[aggregate_command_handler]
    fn first(command: Jot) -> (Doodled, Vec<Jotted>) {
        (Doodled { pad: command.pad.clone() }, jotted(command))
    }

    #[aggregate_command_handler]
    fn next(&self, command: Jot) -> Vec<Jotted> {
        jotted(command)
    }

    #[aggregate_command_handler]
    fn doodle(&self, command: Doodle) -> Vec<Doodled> {
        (0..command.times).map(|_| Doodled { pad: command.pad.clone() }).collect()
    }

    #[event_sourcing_handler]
    fn begun(_event: &Doodled) -> Self {
        Self {}
    }

    #[event_sourcing_handler]
    fn went_on(&mut self, _event: &Doodled) {}

    #[event_sourcing_handler]
    fn jotted(&mut self, _event: &Jotted) {}
}

fn jotted(Jot { pad, texts }: Jot) -> Vec<Jotted> {
    texts.into_iter().map(|text| Jotted { pad: pad.clone(), text }).collect()
}

/// What is done with a note.
#[derive(Clone)]
pub struct Ear(Arc<dyn Fn(Jotted) -> BoxFuture<'static, Result<()>> + Send + Sync>);

impl Ear {
    pub fn new<F: Future<Output = Result<()>> + Send + 'static>(
        hear: impl Fn(Jotted) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |note| Box::pin(hear(note))))
    }

    /// Notes what it hears, and fails where it should.
    pub fn noting(heard: &Heard, fails: impl Fn(&str) -> Result<()> + Send + Sync + 'static) -> Self {
        let heard = heard.clone();
        Self::new(move |note| {
            heard.push(&note.text);
            let ended = fails(&note.text);
            async { ended }
        })
    }
}

/// What was heard, in order.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub fn push(&self, text: &str) {
        self.0.lock().expect("not poisoned").push(text.to_owned());
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().expect("not poisoned").clone()
    }

    pub fn count(&self, text: &str) -> usize {
        self.all().iter().filter(|heard| *heard == text).count()
    }
}

pub struct Listener(Ear);

#[observer(version = 1)]
impl Listener {
    #[inject]
    fn new(ear: Ear) -> Self {
        Self(ear)
    }

    #[event_handler(retry = 0, retry_delay = 1)]
    async fn jotted(&self, event: &Jotted) -> Result<()> {
        (self.0.0)(event.clone()).await
    }
}

/// One that says nothing of how often it is to be called.
pub struct Plain(Ear);

#[observer(version = 1)]
impl Plain {
    #[inject]
    fn new(ear: Ear) -> Self {
        Self(ear)
    }

    #[event_handler]
    async fn jotted(&self, event: &Jotted) -> Result<()> {
        (self.0.0)(event.clone()).await
    }
}

/// The listener of a later program.
pub mod later {
    use evento::prelude::*;

    use super::{Ear, Jotted, Pad, Writer};

    pub struct Listener(Ear);

    #[observer(version = 2)]
    impl Listener {
        #[inject]
        fn new(ear: Ear) -> Self {
            Self(ear)
        }

        #[event_handler(retry = 0)]
        async fn jotted(&self, event: &Jotted) -> Result<()> {
            (self.0.0)(event.clone()).await
        }
    }

    bundle! { pub Ears { id: "ears", version: 2, components: [Pad, Writer, Listener] } }
}

#[derive(Default)]
pub struct Writer;

#[invoker]
impl Writer {
    #[invocation_handler]
    pub async fn jot(
        &self,
        commands: &Commands<Jot>,
        pad: String,
        texts: Vec<String>,
    ) -> Result<Receipt, SendError> {
        commands.send(Jot { pad, texts }).await
    }

    #[invocation_handler]
    pub async fn doodle(
        &self,
        commands: &Commands<Doodle>,
        pad: String,
        times: u32,
    ) -> Result<Receipt, SendError> {
        commands.send(Doodle { pad, times }).await
    }
}

bundle! { pub Ears { id: "ears", version: 1, components: [Pad, Writer, Listener] } }
bundle! { pub Plainly { id: "plainly", version: 1, components: [Pad, Writer, Plain] } }
// A process that writes, and hears nothing.
bundle! { pub Desk { id: "desk of pads", version: 1, components: [Pad, Writer] } }

/// Longer than any test takes.
pub const LONG: Duration = Duration::from_secs(600);

pub async fn ears(store: &SharedStore, ear: &Ear) -> (App, Client<Writer>) {
    leased(store, ear, LONG).await
}

pub async fn leased(store: &SharedStore, ear: &Ear, lease: Duration) -> (App, Client<Writer>) {
    let builder = Ears::builder().shared_store(store.clone()).provide(ear.clone());
    let app = builder.lease(lease).start().await.expect("it starts");
    let writer = app.invoker();
    (app, writer)
}

pub async fn desk(store: &SharedStore) -> (App, Client<Writer>) {
    let app = Desk::builder().shared_store(store.clone()).start().await.expect("it starts");
    let writer = app.invoker();
    (app, writer)
}

pub async fn jot(writer: &Client<Writer>, pad: &str, text: &str) -> Receipt {
    writer.jot(pad.to_owned(), vec![text.to_owned()]).await.expect("it is accepted")
}

pub fn listener() -> evento::store::ConsumerId {
    evento::store::ConsumerId { component: "ears/Listener".into(), version: 0, context: "*".into() }
}
