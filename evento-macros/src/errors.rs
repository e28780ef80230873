//! The mistakes of one expansion, collected so that all of them are shown at once.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Collects errors. It has to be asked for them before it is dropped, so that none is lost.
pub(crate) struct Errors {
    found: Vec<syn::Error>,
    checked: bool,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self { found: Vec::new(), checked: false }
    }

    /// For mistakes beside one that is told already.
    pub(crate) fn unheard() -> Self {
        Self { found: Vec::new(), checked: true }
    }

    /// An error that underlines these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.found.push(syn::Error::new_spanned(tokens, message));
    }

    /// An error that underlines this span.
    pub(crate) fn at_span(&mut self, span: Span, message: impl std::fmt::Display) {
        self.found.push(syn::Error::new(span, message));
    }

    /// An error of syn.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.found.push(error);
    }

    /// Keeps the value, or the error.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The `compile_error!`s; empty when all is well.
    pub(crate) fn finish(mut self) -> TokenStream {
        self.checked = true;
        self.found.drain(..).map(|error| error.into_compile_error()).collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.checked || std::thread::panicking(), "the errors of an expansion were not looked at");
    }
}
