//! The example of customers and orders: its story, and the property for which it is built. Whatever happens, the credit that a
//! customer has reserved is the sum of the approved orders that are open, and never more than the limit.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use evento::{
    message::StoredEvent,
    serde_json::{self, Value},
    store::{LogQuery, log_events},
};
use futures_util::TryStreamExt;

use crate::{databases::Database, programs::example, stores::run};

const EXAMPLE: &str = "customers_and_orders";
/// How many processes work on one store.
const PROCESSES: usize = 2;
/// How many of them are killed while they are at work.
const KILLS: usize = 8;
/// A kill comes after so many orders at the latest.
const LATEST_KILL: usize = 25;
/// How long a process waits for the consumers of one that was killed, in milliseconds.
const LEASE: &str = "2000";
/// The longest that a process may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_story_tells_of_both_outcomes() {
    for (arguments, elsewhere) in [(&[][..], false), (&["--processes", "2"][..], true)] {
        let output = example(EXAMPLE).args(arguments).output().expect("the example runs");
        let story = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success(), "{story}{}", String::from_utf8_lossy(&output.stderr));
        for told in [
            "PENDING, then APPROVED",
            "PENDING, then REJECTED: the credit limit would be exceeded",
            "PENDING, then REJECTED: there is no such customer",
            "PENDING, then REJECTED: the credit was not reserved in time",
            "`CancelOrder` needs a user",
            "50 of 100 reserved",
        ] {
            assert!(story.contains(told), "nobody tells `{told}`: {story}");
        }
        assert_eq!(story.matches("mail to ada").count(), 2, "{story}");
        assert_eq!(story.contains("another process"), elsewhere, "{story}");
    }
}

#[test]
fn several_processes_need_a_store_that_they_can_share() {
    let output = example(EXAMPLE).args(["--store", "memory:", "--processes", "2"]).output();
    let output = output.expect("the example runs");
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("choose another one"), "{error}");
}

#[test]
fn credit_is_what_approved_orders_hold_in_a_file() {
    credit_is_what_approved_orders_hold(&Database::sqlite());
}

#[test]
fn credit_is_what_approved_orders_hold_on_postgres() {
    credit_is_what_approved_orders_hold(&run(Database::postgres()));
}

#[test]
fn credit_is_what_approved_orders_hold_on_mysql() {
    credit_is_what_approved_orders_hold(&run(Database::mysql()));
}

/// Several processes send orders, some of them twice at the same time and some of them all of them, and cancel others; one
/// after the other is killed.
fn credit_is_what_approved_orders_hold(db: &Database) {
    let folder = tempfile::tempdir().expect("a folder for tests");
    let seed = std::env::var("EVENTO_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}: give it as EVENTO_TEST_SEED to send the same again");
    let mut random = fastrand::Rng::with_seed(seed);

    let mut started = 0;
    let mut start = || {
        started += 1;
        Worker::start(db, folder.path(), started, seed)
    };
    let mut workers: Vec<Worker> = (0..PROCESSES).map(|_| start()).collect();
    for _ in 0..KILLS {
        let mut victim = workers.swap_remove(random.usize(..PROCESSES));
        victim.orders(random.usize(1..=LATEST_KILL));
        victim.kill(folder.path());
        workers.push(start());
    }
    for worker in &mut workers {
        worker.cancels();
    }
    workers.into_iter().for_each(Worker::end);
    let audit = example(EXAMPLE).args(arguments(db, folder.path())).arg("--audit").output();
    let audit = audit.expect("the audit runs");
    let told = String::from_utf8_lossy(&audit.stdout);
    assert!(audit.status.success(), "{told}{}", String::from_utf8_lossy(&audit.stderr));

    let credit = Credit::of(&run(log_of(db)));
    let Credit { approved, rejected, released, .. } = credit;
    println!("{approved} orders approved, {rejected} rejected, {released} cancelled");
    assert!(approved > 0 && rejected > 0, "both outcomes must have happened");
    assert!(released > 0, "what was cancelled must have been given back");
    for (order, state) in &credit.orders {
        let is_open = state.approved && !state.cancelled;
        assert_eq!(state.reserved, if is_open { state.total } else { 0 }, "{order}: {state:?}");
        assert!(state.approved != state.rejected, "{order} is decided: {state:?}");
    }
}

/// What the log says of the credit, by nothing but the names and fields of events.
#[derive(Default)]
struct Credit {
    limits: BTreeMap<String, u64>,
    reserved: BTreeMap<String, u64>,
    orders: BTreeMap<String, OrderState>,
    approved: usize,
    rejected: usize,
    released: usize,
}

#[derive(Debug, Default)]
struct OrderState {
    total: u64,
    reserved: u64,
    approved: bool,
    rejected: bool,
    cancelled: bool,
}

impl Credit {
    fn of(log: &[StoredEvent]) -> Self {
        let mut credit = Self::default();
        log.iter().for_each(|event| credit.apply(event));
        credit
    }

    fn apply(&mut self, event: &StoredEvent) {
        let payload: Value = serde_json::from_str(event.message.payload.get()).expect("JSON");
        let text = |field: &str| payload[field].as_str().unwrap_or_default().to_owned();
        let number = |field: &str| payload[field].as_u64().unwrap_or_default();
        let customer = text("customer_id");
        let name = &*event.message.name;
        if name == "CustomerCreated" {
            self.limits.insert(customer, number("credit_limit"));
            return;
        }
        let order = self.orders.entry(text("order_id")).or_default();
        match name {
            "OrderCreated" => {
                assert_eq!(order.total, 0, "it is created once: {payload}");
                order.total = number("total");
            }
            "OrderApproved" => {
                assert!(!order.approved && !order.rejected, "it is decided once: {payload}");
                (order.approved, self.approved) = (true, self.approved + 1);
            }
            "OrderRejected" => {
                assert!(!order.approved && !order.rejected, "it is decided once: {payload}");
                (order.rejected, self.rejected) = (true, self.rejected + 1);
            }
            "OrderCancelled" => order.cancelled = true,
            "CreditReserved" => {
                order.reserved += number("amount");
                let reserved = self.reserved.entry(customer.clone()).or_default();
                *reserved += number("amount");
                let limit = self.limits[&customer];
                assert!(*reserved <= limit, "{reserved} of {limit} are reserved after {payload}");
            }
            "CreditReleased" => {
                let amount = number("amount");
                order.reserved = order.reserved.checked_sub(amount).expect("what is released was reserved");
                let reserved = self.reserved.entry(customer).or_default();
                *reserved = reserved.checked_sub(amount).expect("what is released was reserved");
                self.released += 1;
            }
            _ => {}
        }
    }
}

async fn log_of(db: &Database) -> Vec<StoredEvent> {
    log_events(&*db.open().await, LogQuery::default()).try_collect().await.expect("the log")
}

fn arguments(db: &Database, folder: &Path) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let named = [("--store", db.address().to_owned()), ("--mails", path("mails"))];
    let more = [("--journals", path("journals")), ("--lease", LEASE.to_owned())];
    named.into_iter().chain(more).flat_map(|(name, value)| [name.to_owned(), value]).collect()
}

/// A process of the example at work.
struct Worker {
    child: Child,
    lines: Receiver<String>,
}

impl Worker {
    fn start(db: &Database, folder: &Path, number: usize, seed: u64) -> Self {
        fs::create_dir_all(folder.join("journals")).expect("a folder for tests");
        let mut command = example(EXAMPLE);
        command.args(arguments(db, folder));
        command.args(["--work", &format!("worker-{number}"), "--seed", &seed.to_string()]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the example starts");
        let stdout = child.stdout.take().expect("a pipe");
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    fn next(&mut self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("the example takes orders")
    }

    /// Waits until so many of its commands are acknowledged.
    fn orders(&mut self, count: usize) {
        (0..count).for_each(|_| drop(self.next()));
    }

    /// Waits until an order is cancelled, which was approved before.
    fn cancels(&mut self) {
        let until = Instant::now() + PATIENCE;
        while !self.next().starts_with("cancelled ") {
            assert!(Instant::now() < until, "no order is approved and cancelled in {PATIENCE:?}");
        }
    }

    /// Kills it, and notes that for the audit.
    fn kill(&mut self, folder: &Path) {
        let outages = folder.join("journals/outages");
        let mut outages = File::options().create(true).append(true).open(outages).expect("a file for tests");
        let at = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_millis();
        writeln!(outages, "{at} killed {}", self.child.id()).expect("a note");
        self.child.kill().expect("a kill");
        self.child.wait().expect("its end");
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        // Until then it may have more to say, which somebody must read.
        while self.lines.recv_timeout(PATIENCE).is_ok() {}
        assert!(self.child.wait().expect("its end").success());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // One that has ended, or that a failed test leaves behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
