//! What of a bundle was exercised, and what no test has come to.

mod process;
mod witness;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

pub(in crate::testing) use self::witness::Witness;
use crate::bundle::{BundleMeta, ComponentDescription, DefinedBundle, Description, HandlerDescription};
use crate::component::HandlerKind;

/// Something that a test may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Exercise {
    /// A handler is called.
    HandlerCalled {
        /// The component.
        component: &'static str,
        /// The method.
        handler: &'static str,
    },
    /// A handler sends a command that it declares.
    CommandSent {
        /// The component.
        component: &'static str,
        /// The method.
        handler: &'static str,
        /// The stored name of the command.
        command: &'static str,
    },
    /// A handler asks a query that it declares.
    QueryAsked {
        /// The component.
        component: &'static str,
        /// The method.
        handler: &'static str,
        /// The stored name of the query.
        query: &'static str,
    },
    /// An aggregate or a service decides an event that it declares.
    EventDecided {
        /// The component.
        component: &'static str,
        /// The stored name of the event.
        event: &'static str,
    },
}

impl Exercise {
    /// The component that it is about.
    #[must_use]
    pub fn component(&self) -> &'static str {
        match self {
            Self::HandlerCalled { component, .. }
            | Self::CommandSent { component, .. }
            | Self::QueryAsked { component, .. }
            | Self::EventDecided { component, .. } => component,
        }
    }
}

impl fmt::Display for Exercise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HandlerCalled { component, handler } => write!(f, "`{component}::{handler}` is called"),
            Self::CommandSent { component, handler, command } => {
                write!(f, "`{component}::{handler}` sends `{command}`")
            }
            Self::QueryAsked { component, handler, query } => {
                write!(f, "`{component}::{handler}` asks `{query}`")
            }
            Self::EventDecided { component, event } => write!(f, "`{component}` decides `{event}`"),
        }
    }
}

/// What tests have exercised of a bundle: how often each handler was called, each declared command was sent, each declared query was
/// asked, and each declared event was decided.
///
/// A command or query counts when it comes to its handler, in whichever way that ends; one that is answered from the ledger does not
/// come there. What goes to other bundles counts where a [stand-in](super::TestBuilder::stand_in) handles it. Of an aggregate, a
/// command handler counts when it has decided or rejected, and a sourcing handler when an event for it was stored.
///
/// Coverage of several tests is summed up by [`merge`](Self::merge), or by [`of_process`](Self::of_process).
///
/// Its [`Display`](fmt::Display) lists what was not exercised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    bundle: &'static str,
    version: u32,
    counts: BTreeMap<Exercise, u64>,
    /// The components of which nothing is expected.
    set_aside: BTreeSet<&'static str>,
}

impl Coverage {
    /// Nothing was exercised yet.
    #[must_use]
    pub fn none<B: DefinedBundle>() -> Self {
        Self::of(&B::META, &BTreeSet::new())
    }

    /// Nothing of what there is, with what is handled by stand-ins for other bundles.
    fn of(bundle: &BundleMeta, stood_in: &BTreeSet<&'static str>) -> Self {
        let Description { components, remote, .. } = Description::of(bundle);
        let is_elsewhere = |payload: &&'static str| remote.contains(payload) && !stood_in.contains(payload);
        let mut counts = BTreeMap::new();
        for component in &components {
            for handler in component.handlers.iter().filter(|handler| handler.kind != HandlerKind::Setup) {
                counts.extend(
                    of_handler(component, handler, is_elsewhere).into_iter().map(|exercise| (exercise, 0)),
                );
            }
        }
        Self { bundle: bundle.id, version: bundle.version, counts, set_aside: BTreeSet::new() }
    }

    /// What tests in this process have exercised of a bundle, of those [`TestBundle`](super::TestBundle)s that were
    /// [asked](super::TestBundle::coverage) for their coverage or [shut down](super::TestBundle::shutdown).
    ///
    /// Tests run in any order, and side by side: a test that looks at the sum calls those first that it sums up.
    #[must_use]
    pub fn of_process<B: DefinedBundle>() -> Self {
        let mut sum: Option<Self> = None;
        for one in process::of(&B::META) {
            match &mut sum {
                Some(sum) => sum.merge(&one),
                None => sum = Some(one),
            }
        }
        sum.unwrap_or_else(Self::none::<B>)
    }

    /// Adds what another test of the same bundle has exercised. What was replaced by a fake in all of them is set aside.
    ///
    /// # Panics
    /// When it is the coverage of another bundle.
    pub fn merge(&mut self, other: &Self) {
        let (this, that) = ((self.bundle, self.version), (other.bundle, other.version));
        assert!(
            this == that,
            "coverage of bundle `{}` v{} cannot be added to that of `{}` v{}",
            that.0,
            that.1,
            this.0,
            this.1
        );
        for (exercise, count) in &other.counts {
            *self.counts.entry(*exercise).or_default() += count;
        }
        self.set_aside.retain(|component| other.set_aside.contains(component));
    }

    /// Nothing is expected of a component.
    ///
    /// # Panics
    /// When the bundle has no such component.
    #[must_use]
    pub fn without(mut self, component: &str) -> Self {
        let known = self.counts.keys().map(Exercise::component).find(|known| *known == component);
        let Some(known) = known else { panic!("bundle `{}` has no component `{component}`", self.bundle) };
        self.set_aside.insert(known);
        self
    }

    /// How often something was exercised; `None` for what the bundle does not have.
    #[must_use]
    pub fn count(&self, exercise: &Exercise) -> Option<u64> {
        self.counts.get(exercise).copied()
    }

    /// What was not exercised, sorted. What belongs to a component that was replaced by a fake is not expected.
    #[must_use]
    pub fn not_exercised(&self) -> Vec<Exercise> {
        let missed = self.expected().filter(|(_, count)| **count == 0);
        missed.map(|(exercise, _)| *exercise).collect()
    }

    /// Panics unless everything was exercised.
    ///
    /// # Panics
    /// With what was not exercised.
    #[track_caller]
    pub fn assert_everything_exercised(&self) {
        assert!(self.not_exercised().is_empty(), "{self}");
    }

    fn expected(&self) -> impl Iterator<Item = (&Exercise, &u64)> {
        self.counts.iter().filter(|(exercise, _)| !self.set_aside.contains(exercise.component()))
    }

    fn add(&mut self, exercise: Exercise, times: u64) {
        if let Some(count) = self.counts.get_mut(&exercise) {
            *count += times;
        }
    }
}

/// What may be exercised of a handler, but for what goes elsewhere.
fn of_handler(
    of: &ComponentDescription,
    described: &HandlerDescription,
    is_elsewhere: impl Fn(&&'static str) -> bool,
) -> Vec<Exercise> {
    let (component, handler) = (of.name, described.name);
    let mut exercises = vec![Exercise::HandlerCalled { component, handler }];
    let here =
        |payloads: &Vec<&'static str>| payloads.iter().copied().filter(|one| !is_elsewhere(one)).collect();
    let (sent, asked): (Vec<_>, Vec<_>) = (here(&described.emits), here(&described.queries));
    exercises.extend(sent.into_iter().map(|command| Exercise::CommandSent { component, handler, command }));
    exercises.extend(asked.into_iter().map(|query| Exercise::QueryAsked { component, handler, query }));
    exercises.extend(described.decides.iter().map(|event| Exercise::EventDecided { component, event }));
    exercises
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, missed) = (self.expected().count(), self.not_exercised());
        write!(
            f,
            "bundle `{}` v{}: {} of {all} were exercised",
            self.bundle,
            self.version,
            all - missed.len()
        )?;
        for exercise in missed {
            write!(f, "\n  never: {exercise}")?;
        }
        for component in &self.set_aside {
            write!(f, "\n  not expected: what `{component}` does")?;
        }
        Ok(())
    }
}
