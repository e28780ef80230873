//! The components that are linked into the program, without anybody naming them.
//!
//! The linker drops the crates that nobody names, and their components with them: a crate that stands in `Cargo.toml`
//! only contributes nothing until some code says `use the_crate as _;`.

use super::ComponentMeta;

/// One element per component; filled by the component attributes.
#[allow(unsafe_code, reason = "a distributed slice is a link section")]
#[linkme::distributed_slice]
pub static COMPONENTS: [&'static ComponentMeta];

/// Every linked component, by kind and name.
#[must_use]
pub fn linked() -> Vec<&'static ComponentMeta> {
    let mut components: Vec<_> = COMPONENTS.iter().copied().collect();
    components.sort_by_key(|component| (component.kind, component.name));
    components
}
