//! A post office: letters and parcels to streets, delivered by observers that wait, fail and are watched.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use evento::{
    App, Builder, Client, Transient,
    prelude::*,
    store::{ConsumerId, SharedStore},
};
use tokio::{sync::Notify, task::yield_now};

use crate::stores::eventually;

/// Letters, and parcels behind them.
#[domain_command]
pub struct Post {
    #[aggregate_id]
    pub street: String,
    pub letters: u64,
    pub parcels: u64,
}

#[domain_event]
pub struct Letter {
    pub street: String,
    pub number: u64,
}

#[domain_event]
pub struct Parcel {
    pub street: String,
    pub number: u64,
}

#[aggregate_state]
pub struct Street {
    sent: u64,
}

#[aggregate]
impl Street {
    #[aggregate_command_handler]
    fn first(command: Post) -> (Vec<Letter>, Vec<Parcel>) {
        sent(command, 0)
    }

    #[aggregate_command_handler]
    fn next(&self, command: Post) -> (Vec<Letter>, Vec<Parcel>) {
        sent(command, self.sent)
    }

    #[event_sourcing_handler]
    fn letter_begins(_event: &Letter) -> Self {
        Self { sent: 1 }
    }

    #[event_sourcing_handler]
    fn parcel_begins(_event: &Parcel) -> Self {
        Self { sent: 1 }
    }

    #[event_sourcing_handler]
    fn letter(&mut self, _event: &Letter) {
        self.sent += 1;
    }

    #[event_sourcing_handler]
    fn parcel(&mut self, _event: &Parcel) {
        self.sent += 1;
    }
}

fn sent(Post { street, letters, parcels }: Post, before: u64) -> (Vec<Letter>, Vec<Parcel>) {
    let numbers = |count: u64, before: u64| before + 1..=before + count;
    let letter = |number| Letter { street: street.clone(), number };
    let parcel = |number| Parcel { street: street.clone(), number };
    (numbers(letters, before).map(letter).collect(), numbers(parcels, before + letters).map(parcel).collect())
}

pub const STREETS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// What is delivered by whom: the observer, the street and the number.
pub type Visit = (&'static str, String, u64);

/// How a handler is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Fail,
    FailTransiently,
    Panic,
}

#[derive(Default)]
struct Book {
    held: BTreeSet<Visit>,
    fails: BTreeMap<Visit, (How, u32)>,
    /// Those that are under way now, with the executor and the life.
    inside: Vec<(Visit, &'static str, u32)>,
    /// The most at once of an executor, by life.
    most: BTreeMap<(&'static str, u32), usize>,
    /// Those that were begun, by life, in order.
    begun: Vec<(Visit, u32)>,
    done: Vec<Visit>,
    /// What must never be.
    wrong: Vec<String>,
    yields: u32,
}

/// What the observers of an application are told, and what they have done. All clones are one, but for the life.
#[derive(Clone, Default)]
pub struct Rounds {
    book: Arc<Mutex<Book>>,
    changed: Arc<Notify>,
    /// Which application of several it is, one after the other.
    life: u32,
}

/// Takes itself out of the list of those that are under way, also when it is dropped in the middle.
struct Inside<'r>(&'r Rounds, Visit);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let life = self.0.life;
        self.0.book().inside.retain(|(visit, _, of)| (visit, *of) != (&self.1, life));
    }
}

pub fn visit(who: &'static str, street: &str, number: u64) -> Visit {
    (who, street.to_owned(), number)
}

impl Rounds {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("not poisoned")
    }

    /// For the next application.
    pub fn next_life(&self) -> Self {
        Self { life: self.life + 1, ..self.clone() }
    }

    /// Lets a handler wait, until it is released.
    pub fn hold(&self, visit: Visit) {
        self.book().held.insert(visit);
    }

    pub fn release(&self, visit: &Visit) {
        self.book().held.remove(visit);
        self.changed.notify_waiters();
    }

    pub fn release_all(&self) {
        self.book().held.clear();
        self.changed.notify_waiters();
    }

    /// Lets a handler fail so many times.
    pub fn fail(&self, visit: Visit, how: How, times: u32) {
        self.book().fails.insert(visit, (how, times));
    }

    /// Nothing fails any more.
    pub fn cure(&self) {
        self.book().fails.clear();
    }

    /// How often each handler gives way to others, at random.
    pub fn dawdle(&self, yields: u32) {
        self.book().yields = yields;
    }

    pub fn inside(&self) -> Vec<Visit> {
        self.book().inside.iter().map(|(visit, ..)| visit.clone()).collect()
    }

    /// The most that were under way at once on an executor.
    pub fn most(&self, executor: &'static str) -> usize {
        let book = self.book();
        let of = book.most.iter().filter(|((name, _), _)| *name == executor);
        of.map(|(_, most)| *most).max().unwrap_or_default()
    }

    pub fn done(&self) -> Vec<Visit> {
        self.book().done.clone()
    }

    /// How often something was delivered.
    pub fn times(&self, visit: &Visit) -> usize {
        self.book().done.iter().filter(|done| *done == visit).count()
    }

    /// Waits until something is delivered.
    pub async fn until_done(&self, visit: &Visit) {
        eventually(&format!("{visit:?}"), async || self.times(visit) > 0).await;
    }

    /// Waits until so many are under way.
    pub async fn until_inside(&self, count: usize) {
        eventually(&format!("{count} at once"), async || self.inside().len() == count).await;
    }

    /// Those that were begun of a street, by life.
    pub fn begun(&self, who: &'static str, street: &str) -> Vec<(u64, u32)> {
        let book = self.book();
        let of = book.begun.iter().filter(|((by, at, _), _)| *by == who && at == street);
        of.map(|((_, _, number), life)| (*number, *life)).collect()
    }

    /// Fails if anything was out of order, or two of a street were under way at once.
    pub fn assert_in_order(&self) {
        assert_eq!(self.book().wrong, Vec::<String>::new());
    }

    fn enter(&self, visit: &Visit, executor: &'static str) -> Inside<'_> {
        let mut book = self.book();
        let (who, street, number) = visit;
        let of_street = |(by, at, _): &Visit| by == who && at == street;
        let mut wrong = Vec::new();
        if let Some(other) =
            book.inside.iter().find(|(other, _, life)| *life == self.life && of_street(other))
        {
            wrong.push(format!("{visit:?} begins beside {:?}", other.0));
        }
        if *number > 1 && !book.done.contains(&(*who, street.clone(), number - 1)) {
            wrong.push(format!("{visit:?} begins before the one before it is done"));
        }
        let last = book.begun.iter().rfind(|(other, life)| *life == self.life && of_street(other));
        if let Some(((_, _, last), _)) = last.filter(|((_, _, last), _)| last > number) {
            wrong.push(format!("{visit:?} begins behind {last} in life {}", self.life));
        }
        book.wrong.append(&mut wrong);
        book.inside.push((visit.clone(), executor, self.life));
        let now = book.inside.iter().filter(|(_, of, life)| (*of, *life) == (executor, self.life)).count();
        let most = book.most.entry((executor, self.life)).or_default();
        *most = now.max(*most);
        book.begun.push((visit.clone(), self.life));
        Inside(self, visit.clone())
    }

    async fn deliver(
        &self,
        who: &'static str,
        executor: &'static str,
        street: &str,
        number: u64,
    ) -> Result<()> {
        let visit = visit(who, street, number);
        let _inside = self.enter(&visit, executor);
        let most_yields = self.book().yields;
        for _ in 0..fastrand::u32(0..=most_yields) {
            yield_now().await;
        }
        loop {
            let changed = self.changed.notified();
            if !self.book().held.contains(&visit) {
                break;
            }
            changed.await;
        }
        let how = match self.book().fails.get_mut(&visit) {
            Some((how, times)) if *times > 0 => {
                *times -= 1;
                Some(*how)
            }
            _ => None,
        };
        match how {
            Some(How::Fail) => Err(Error::msg(format!("nobody at home in {street}"))),
            Some(How::FailTransiently) => Err(Transient::new(std::io::Error::other("rain")).into()),
            Some(How::Panic) => panic!("a dog in {street}"),
            None => {
                self.book().done.push(visit);
                Ok(())
            }
        }
    }
}

pub struct Postman(Rounds);

#[observer(version = 1)]
impl Postman {
    #[inject]
    fn new(rounds: Rounds) -> Self {
        Self(rounds)
    }

    #[event_handler(executor = "mail", retry = 2, retry_delay = 1)]
    async fn letter(&self, event: &Letter) -> Result<()> {
        self.0.deliver("postman", "mail", &event.street, event.number).await
    }

    #[event_handler(retry = 2, retry_delay = 1)]
    async fn parcel(&self, event: &Parcel) -> Result<()> {
        self.0.deliver("postman", "own", &event.street, event.number).await
    }
}

pub struct Courier(Rounds);

#[observer(version = 1)]
impl Courier {
    #[inject]
    fn new(rounds: Rounds) -> Self {
        Self(rounds)
    }

    #[event_handler(executor = "mail", retry = 2, retry_delay = 1)]
    async fn letter(&self, event: &Letter) -> Result<()> {
        self.0.deliver("courier", "mail", &event.street, event.number).await
    }

    #[event_handler(executor = "mail", retry = 2, retry_delay = 1)]
    async fn parcel(&self, event: &Parcel) -> Result<()> {
        self.0.deliver("courier", "mail", &event.street, event.number).await
    }
}

#[derive(Default)]
pub struct Office;

#[invoker]
impl Office {
    #[invocation_handler]
    pub async fn post(
        &self,
        commands: &Commands<Post>,
        street: String,
        letters: u64,
        parcels: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(Post { street, letters, parcels }).await
    }
}

bundle! { pub PostBundle { id: "post", version: 1, components: [Street, Postman, Office] } }
bundle! { pub RivalsBundle { id: "post", version: 1, components: [Street, Postman, Courier, Office] } }

/// The consumer of an observer.
pub fn consumer(name: &str) -> ConsumerId {
    ConsumerId { component: format!("post/{name}").into(), version: 0, context: "*".into() }
}

/// A short time for which a process that died keeps its consumers.
pub const LEASE: Duration = Duration::from_millis(900);

/// Starts one of the bundles, with what is said of its observers.
pub async fn start(store: &SharedStore, rounds: &Rounds, builder: Builder) -> (App, Client<Office>) {
    let started = builder.shared_store(store.clone()).provide(rounds.clone()).start().await;
    let app = started.expect("it starts");
    let office = app.invoker();
    (app, office)
}

/// What an observer has put aside.
pub async fn dead(store: &SharedStore, name: &str) -> Vec<u64> {
    let dead = store.dead_events(&consumer(name), Position::START, 1_000).await.expect("a read");
    dead.into_iter().map(|dead| dead.position.0).collect()
}

/// Up to where an observer has saved that everything is done.
pub async fn checkpoint(store: &SharedStore, name: &str) -> Position {
    let record = store.consumer(&consumer(name)).await.expect("a read");
    record.expect("a consumer").checkpoint
}

/// Posts letters to streets, one to each.
pub async fn post(office: &Client<Office>, streets: &[&str]) -> Vec<Position> {
    let mut positions = Vec::new();
    for street in streets {
        let receipt = office.post((*street).to_owned(), 1, 0).await.expect("it is accepted");
        positions.push(receipt.position().expect("an event"));
    }
    positions
}
