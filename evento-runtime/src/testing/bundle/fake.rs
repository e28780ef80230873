//! Fake components in the place of real ones.

use futures_core::future::BoxFuture;
use thiserror::Error;

use crate::{
    bundle::{Builder, handled},
    component::{Component, ComponentBody, ComponentKind, ComponentMeta, Constructor, Provided},
    error::Error as AnyError,
    handler::Instance,
};

/// Why a component cannot stand in the place of another one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FakeError {
    /// The bundle does not have what is to be replaced.
    #[error("`{replaced}` is to be replaced by `{fake}`, but is not in the bundle: there are {}", list(.known))]
    NotInBundle {
        /// What is to be replaced.
        replaced: &'static str,
        /// What is to take its place.
        fake: &'static str,
        /// The components of the bundle.
        known: Vec<&'static str>,
    },
    /// Components of this kind have no instance that could be given.
    #[error(
        "`{fake}` is of the kind {}, and cannot be given as a value: that can be a service, a projector, a projection or an observer",
        .kind.label()
    )]
    Kind {
        /// The component.
        fake: &'static str,
        /// Its kind.
        kind: ComponentKind,
    },
    /// The two are of different kinds.
    #[error(
        "`{fake}` is of the kind {}, and cannot stand in the place of `{replaced}`, which is of the kind {}",
        .is.label(), .wanted.label()
    )]
    OtherKind {
        /// What is to be replaced.
        replaced: &'static str,
        /// Its kind.
        wanted: ComponentKind,
        /// What is to take its place.
        fake: &'static str,
        /// The kind of that.
        is: ComponentKind,
    },
    /// Nobody would handle these.
    #[error("`{fake}` leaves without a handler what `{replaced}` handles: {}; write a handler for each", list(.payloads))]
    Unhandled {
        /// What is to be replaced.
        replaced: &'static str,
        /// What is to take its place.
        fake: &'static str,
        /// The commands and queries.
        payloads: Vec<&'static str>,
    },
    /// No other bundle handles anything of what this component handles.
    #[error(
        "`{fake}` handles nothing that the bundle leaves to others, which is {}: to stand in the place of a component of the bundle, \
         use `.replace::<Real, _>(..)`",
        list(.remote)
    )]
    NotRemote {
        /// The component.
        fake: &'static str,
        /// What the bundle leaves to others.
        remote: Vec<&'static str>,
    },
}

fn list(names: &[&str]) -> String {
    let named: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    if named.is_empty() { "nothing".to_owned() } else { named.join(", ") }
}

/// A component that is not built but given.
trait Given: Component + Clone {
    const BODY: ComponentBody =
        ComponentBody::Instance(Constructor { dependencies: &[], construct: Self::construct });
    const GIVEN: ComponentMeta = ComponentMeta { body: Self::BODY, ..Self::META };

    fn construct(provided: &Provided) -> BoxFuture<'_, Result<Instance, AnyError>> {
        Box::pin(async {
            let fake: Self = provided.get()?;
            Ok(Box::new(fake) as Instance)
        })
    }
}

impl<Fake: Component + Clone> Given for Fake {}

/// A fake under the name, the version and the place of a real component, so that the log and the consumers are called as always.
trait InPlaceOf<Real>: Given {
    const IN_PLACE: ComponentMeta;
}

impl<Real: Component, Fake: Given> InPlaceOf<Real> for Fake {
    const IN_PLACE: ComponentMeta = ComponentMeta {
        name: Real::META.name,
        version: Real::META.version,
        source: Real::META.source,
        ..Fake::GIVEN
    };
}

/// Puts a fake in the place of a real component.
pub(super) fn replace<Real: Component, Fake: Component + Clone>(
    builder: &mut Builder,
) -> Result<&'static str, FakeError> {
    let (real, fake) = (const { &Real::META }, const { &<Fake as InPlaceOf<Real>>::IN_PLACE });
    let (replaced, wanted) = (real.name, real.kind);
    let (fake_name, is) = (Fake::META.name, fake.kind);
    has_instance(fake_name, is)?;
    if is != wanted {
        return Err(FakeError::OtherKind { replaced, wanted, fake: fake_name, is });
    }
    let components = builder.components();
    let index = components.iter().position(|one| (one.name, one.source) == (real.name, real.source));
    let Some(index) = index else {
        let known = components.iter().map(|component| component.name).collect();
        return Err(FakeError::NotInBundle { replaced, fake: fake_name, known });
    };
    let is_handled = |name: &str| handled(fake).any(|payload| payload.name == name);
    let payloads: Vec<_> =
        handled(real).map(|payload| payload.name).filter(|name| !is_handled(name)).collect();
    if !payloads.is_empty() {
        return Err(FakeError::Unhandled { replaced, fake: fake_name, payloads });
    }
    builder.put(index, fake);
    Ok(replaced)
}

/// Adds a fake for what another bundle handles. Returns what it handles.
pub(super) fn stand_in<Fake: Component + Clone>(
    builder: &mut Builder,
) -> Result<Vec<&'static str>, FakeError> {
    let fake = const { &<Fake as Given>::GIVEN };
    has_instance(fake.name, fake.kind)?;
    let remote: Vec<_> = builder.remote().iter().map(|payload| payload.name).collect();
    let stands_in: Vec<_> =
        handled(fake).map(|payload| payload.name).filter(|name| remote.contains(name)).collect();
    if stands_in.is_empty() {
        return Err(FakeError::NotRemote { fake: fake.name, remote });
    }
    builder.add(fake);
    Ok(stands_in)
}

fn has_instance(fake: &'static str, kind: ComponentKind) -> Result<(), FakeError> {
    match kind {
        ComponentKind::Service
        | ComponentKind::Projector
        | ComponentKind::Projection
        | ComponentKind::Observer => Ok(()),
        ComponentKind::Aggregate | ComponentKind::Saga | ComponentKind::Invoker => {
            Err(FakeError::Kind { fake, kind })
        }
    }
}
