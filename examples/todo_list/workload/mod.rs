//! Work for tests that kill the program: many lists at once, the same ones for the same seed, and a line on stdout for
//! everything that was promised to be durable.

mod spans;

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use evento::{Client, open_store, prelude::*};
use tokio::{sync::Semaphore, task::JoinSet, time::sleep};

use self::Step::{Add, Check, Create, Remove};
use crate::{bundle::TodoBundle, invoker::TodoApi, write_side::Postbox};

/// How many lists are worked on at the same time.
const AT_ONCE: usize = 16;

/// How long the consequences of all the work may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long to wait before a command is sent again.
const AGAIN: Duration = Duration::from_millis(50);

#[derive(clap::Args)]
pub struct Workload {
    /// Does the work of so many lists, prints `ack <list> <command>` for each command that was accepted, and `done`.
    #[arg(long, value_name = "LISTS", hide = true)]
    work: Option<u32>,
    /// Tells the work of one test from that of another.
    #[arg(long, value_name = "N", hide = true, default_value_t = 0)]
    seed: u64,
    /// Prints every list as a line of JSON.
    #[arg(long, hide = true)]
    verify: bool,
    /// How long other processes wait for this one when it was killed, in milliseconds.
    #[arg(long, value_name = "MILLISECONDS", hide = true, default_value_t = 5_000)]
    lease: u64,
    /// Writes which spans are begun and ended into a file.
    #[arg(long, value_name = "FILE", hide = true)]
    spans: Option<PathBuf>,
}

impl Workload {
    pub fn is_asked_for(&self) -> bool {
        self.work.is_some() || self.verify
    }
}

/// Does the work, then shows the result, as far as either is asked for.
pub async fn run(store: &str, options: &Workload) -> Result<()> {
    if let Some(path) = &options.spans {
        spans::write_to(path)?;
    }
    let app = TodoBundle::builder()
        .shared_store(open_store(store).await?)
        .provide(Postbox::new(|_key, _text| {}))
        .lease(Duration::from_millis(options.lease))
        .start()
        .await?;
    let api: Client<TodoApi> = app.invoker();
    if let Some(lists) = options.work {
        // Everybody is at work, also when one that was killed had to be waited for.
        app.wait_for_head(PATIENCE).await?;
        work(&api, lists, options.seed).await?;
        app.wait_for_head(PATIENCE).await?;
        print("done")?;
    }
    if options.verify {
        app.wait_for_head(PATIENCE).await?;
        verify(&api).await?;
    }
    Ok(app.shutdown().await?)
}

async fn work(api: &Client<TodoApi>, lists: u32, seed: u64) -> Result<()> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut working = JoinSet::new();
    for number in 0..lists {
        let (api, places) = (api.clone(), places.clone());
        working.spawn(async move {
            let _place = places.acquire().await?;
            one_list(&api, &format!("work-{seed}-{number}")).await
        });
    }
    while let Some(worked) = working.join_next().await {
        worked??;
    }
    Ok(())
}

/// A command of the work on one list.
#[derive(Clone, Copy)]
enum Step {
    Create,
    Add(&'static str),
    Remove(&'static str),
    Check(&'static str),
}

/// What is done with each list, in this order.
const STEPS: [Step; 9] =
    [Create, Add("a"), Add("b"), Add("c"), Add("d"), Remove("d"), Check("a"), Check("b"), Check("c")];

impl Step {
    fn name(self) -> String {
        match self {
            Create => "create".to_owned(),
            Add(todo) => format!("add-{todo}"),
            Remove(todo) => format!("remove-{todo}"),
            Check(todo) => format!("check-{todo}"),
        }
    }

    async fn send(self, api: &Client<TodoApi>, list: String) -> Result<Receipt, SendError> {
        match self {
            Create => api.create_list(list.clone(), format!("Work {list}")).await,
            Add(todo) => api.add_todo(list, todo.into(), format!("do {todo}")).await,
            Remove(todo) => api.remove_todo(list, todo.into()).await,
            Check(todo) => api.check_todo(list, todo.into()).await,
        }
    }
}

/// Every command has an id that follows from the list and the step, so the work can be done again after a crash: what was
/// done before is answered with its first outcome. A command whose outcome is unknown is sent again for the same reason.
async fn one_list(api: &Client<TodoApi>, list: &str) -> Result<()> {
    let worker = api.with(Metadata::new().with("user", "worker"));
    for step in STEPS {
        let name = step.name();
        let api = worker.idempotent(CommandId::from_key(&format!("{list}/{name}")));
        while let Err(error) = step.send(&api, list.to_owned()).await {
            if !error.is_transient() {
                return Err(error.into());
            }
            sleep(AGAIN).await;
        }
        print(&format!("ack {list} {name}"))?;
    }
    Ok(())
}

async fn verify(api: &Client<TodoApi>) -> Result<()> {
    const SIZE: u32 = 100;
    for page in 0.. {
        let lists = api.search_lists(String::new(), page, SIZE).await?;
        for list in &lists {
            print(&serde_json::to_string(list)?)?;
        }
        if lists.len() < SIZE as usize {
            break;
        }
    }
    Ok(())
}

/// A line at once, for the test may kill the program right after it.
fn print(line: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}
