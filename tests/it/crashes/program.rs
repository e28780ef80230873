//! A process of its own that runs errands: this very test program, started again with the one test that does as it is told. It stays
//! at a step, says so, and is killed there, or stopped and woken late.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::{
        atomic::Ordering,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use evento::{
    App, Client, open_store,
    prelude::*,
    serde_json,
    store::{ConsumerId, SharedStore},
};

use super::errands::{Accompanied, Counter, Observed, Walker, note};
use crate::{
    faulty::{Faulty, Step},
    stores::PATIENCE,
};

/// Longer than any test takes, so that nobody takes over by himself.
pub const LEASE: Duration = Duration::from_secs(120);
/// Behind which the orders of the process stand.
const ORDERS: &str = "EVENTO_TEST_ERRANDS";
/// The test that the process runs.
const TEST: &str = "crashes::an_errand_is_run_once_when_nothing_happens";

/// What runs errands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, evento::serde::Serialize, evento::serde::Deserialize)]
#[serde(crate = "evento::serde")]
pub enum Role {
    Observer,
    Saga,
    /// Who asks for everything himself.
    Client,
}

impl Role {
    /// The consumer that runs errands.
    pub fn consumer(self) -> ConsumerId {
        let component = match self {
            Self::Observer => "observed/Runner",
            Self::Saga => "accompanied/Journey",
            Self::Client => panic!("a client is no consumer"),
        };
        ConsumerId { component: component.into(), version: 0, context: "*".into() }
    }

    pub async fn start(self, store: &SharedStore, lease: Duration) -> (App, Client<Walker>) {
        let builder = match self {
            Self::Observer => Observed::builder(),
            Self::Saga => Accompanied::builder(),
            Self::Client => Counter::builder(),
        };
        let app = builder.shared_store(store.clone()).lease(lease).start().await.expect("it starts");
        let walker = app.invoker();
        (app, walker)
    }
}

/// What a process is to do.
#[derive(Clone, Debug, evento::serde::Serialize, evento::serde::Deserialize)]
#[serde(crate = "evento::serde")]
pub struct Orders {
    pub role: Role,
    pub store: String,
    pub lease: Duration,
    pub stays_at: Option<Step>,
    /// The errand and the diary of a client.
    pub request: Option<(String, String)>,
}

/// The id of a client's request about an errand.
pub fn request_id(errand: &str) -> CommandId {
    CommandId::from_key(errand)
}

/// What this process was told to do, if it was started by another one.
pub fn orders() -> Option<Orders> {
    let orders = env::var(ORDERS).ok()?;
    Some(serde_json::from_str(&orders).expect("orders of this program"))
}

/// Does what it was told, up to the step where it is to stay. When somebody says so, it goes on.
pub async fn obey(orders: Orders) {
    let (store, faults) = Faulty::around(&open_store(&orders.store).await.expect("the database opens"));
    // Whoever wakes late finds out by what he does.
    faults.hides_others.store(true, Ordering::Relaxed);
    let steps = faults.steps.clone();
    steps.note(orders.stays_at);
    tokio::spawn({
        let steps = steps.clone();
        async move {
            steps.stays().await;
            say("stays", &steps.taken());
            tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()))
                .await
                .expect("no panic")
                .expect("a line");
            steps.go_on();
        }
    });
    let (app, walker) = orders.role.start(&store, orders.lease).await;
    if let Some((errand, diary)) = orders.request {
        let walker = walker.idempotent(request_id(&errand));
        let done = walker.run(errand, diary.clone(), 1).await;
        note(&diary, if done.is_ok() { "answered" } else { "failed" });
    }
    app.wait_for_head(3 * PATIENCE).await.expect("everything is handled");
    app.shutdown().await.expect("everything comes to rest");
    say("done", &steps.taken());
}

fn say(what: &str, steps: &[Step]) {
    let steps = serde_json::to_string(steps).expect("JSON");
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "\n{what} {steps}").and_then(|()| stdout.flush()).expect("somebody reads");
}

/// Such a process, seen from outside.
pub struct Program {
    child: Child,
    lines: Receiver<String>,
    /// What it has done with its store, as far as it has said.
    pub steps: Vec<Step>,
}

impl Program {
    pub fn start(orders: &Orders) -> Self {
        let mut child = Command::new(env::current_exe().expect("the path of this test"))
            .args([TEST, "--exact", "--nocapture", "--test-threads=1"])
            .env(ORDERS, serde_json::to_string(orders).expect("JSON"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("a pipe");
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(std::io::Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, steps: Vec::new() }
    }

    /// Waits until it stays where it is to stay. Returns whether it does; otherwise it never came there, and is done.
    pub fn stays(&mut self) -> bool {
        loop {
            let line =
                self.lines.recv_timeout(4 * PATIENCE).expect("the program says that it stays, or is done");
            for (what, stays) in [("stays ", true), ("done ", false)] {
                if let Some(steps) = line.strip_prefix(what) {
                    self.steps = serde_json::from_str(steps).expect("steps of this program");
                    return stays;
                }
            }
        }
    }

    /// Whether a step was taken.
    pub fn has_taken(&self, step: &str) -> bool {
        self.steps.iter().any(|taken| taken.0 == step)
    }

    /// Kills it where it is.
    pub fn kill(&mut self) {
        self.child.kill().expect("a kill");
        self.child.wait().expect("its end");
    }

    /// Stops all that it does.
    pub fn stop(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on as if nothing had happened, and waits until it is done.
    pub fn wake(&mut self) {
        self.signal("-CONT");
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        writeln!(stdin, "go on").and_then(|()| stdin.flush()).expect("somebody reads");
        assert!(!self.stays(), "it stays once");
        self.ends_well();
    }

    pub fn ends_well(&mut self) {
        assert!(self.child.wait().expect("its end").success(), "it ends well");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill runs").success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended, or that a failed test leaves behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
