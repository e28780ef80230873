//! Where in a declared set a payload stands. Inferred, never written.

/// The places in a set.
pub mod at {
    /// A place that is never meant: with a second candidate, rustc reports a missing declaration in our words instead of
    /// guessing the payload from the only member of the set.
    pub enum Nothing {}

    /// The only member of a set without a tuple.
    pub enum Alone {}

    /// The member of a tuple with this index.
    pub struct Nth<const N: usize>;
}

/// Calls a macro once for every tuple from one member to sixteen, with each member's index.
macro_rules! for_each_tuple {
    ($each:ident) => {
        for_each_tuple!(@grow $each [] (A 0) (B 1) (C 2) (D 3) (E 4) (F 5) (G 6) (H 7) (I 8) (J 9) (K 10) (L 11) (M 12) (N 13) (O 14) (P 15));
    };
    (@grow $each:ident [$($seen:tt)*]) => {};
    (@grow $each:ident [$($seen:tt)*] $next:tt $($rest:tt)*) => {
        $each!($($seen)* $next);
        for_each_tuple!(@grow $each [$($seen)* $next] $($rest)*);
    };
}

pub(super) use for_each_tuple;
