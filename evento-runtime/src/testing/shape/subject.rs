//! What there is to lock, as the program has it now.

use super::{
    LockError,
    file::{self, Kind},
};
use crate::{
    bundle::Description,
    component::ComponentKind,
    payload::{
        SourceLocation,
        shape::{Form, Wire},
    },
};

/// Something that is stored or shown.
pub(super) struct Subject {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) version: u32,
    /// The oldest version that is read.
    pub(super) oldest: u32,
    pub(super) form: Form,
    pub(super) wire: Wire,
    pub(super) source: SourceLocation,
}

impl Subject {
    /// Whether what is stored as this is this.
    pub(super) fn is_called(&self, kind: Kind, name: &str) -> bool {
        self.kind.is_like(kind) && (self.name == name || self.aliases.contains(&name))
    }

    pub(super) fn subject(&self) -> String {
        file::subject(self.kind, self.name, self.version)
    }
}

/// Everything of a bundle.
pub(super) fn all(bundle: &Description) -> Result<Vec<Subject>, LockError> {
    let mut subjects = Vec::new();
    for payload in &bundle.payloads {
        let Some(kind) = Kind::of_payload(payload.kind, payload.public) else { continue };
        let unknown = || LockError::UnknownShape { what: format!("{} `{}`", kind.label(), payload.name) };
        subjects.push(Subject {
            kind,
            name: payload.name,
            aliases: payload.aliases,
            version: payload.version,
            oldest: 1,
            form: payload.wire.form().ok_or_else(unknown)?,
            wire: payload.wire,
            source: payload.source,
        });
    }
    for component in bundle.components.iter().filter(|component| component.kind == ComponentKind::Saga) {
        let unknown = || LockError::UnknownShape { what: format!("the state of saga `{}`", component.name) };
        let state = component.state.ok_or_else(unknown)?;
        subjects.push(Subject {
            kind: Kind::SagaState,
            name: component.name,
            aliases: &[],
            version: component.version,
            oldest: state.adopts.unwrap_or(component.version),
            form: state.wire.form().ok_or_else(unknown)?,
            wire: state.wire,
            source: component.source,
        });
    }
    subjects.sort_by_key(|subject| (subject.kind, subject.name));
    Ok(subjects)
}
