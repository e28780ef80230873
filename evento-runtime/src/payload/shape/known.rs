//! The shapes of what the language, serde and this crate bring along.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::{NonZero, Wrapping},
    path::PathBuf,
    rc::Rc,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde_json::value::RawValue;
use uuid::Uuid;

use super::{FieldSaid, Fields, Scalar, Shape, Shapes, Type};
use crate::message::{CommandId, Context, MessageId, Metadata, Position, Timestamp};

macro_rules! scalars {
    ($($scalar:expr => $($type:ty),+;)+) => {$($(
        impl Shape for $type {
            fn shape(_shapes: &mut Shapes) -> Type {
                Type::Scalar($scalar)
            }
        }
    )+)+};
}

scalars! {
    Scalar::Null => ();
    Scalar::Any => serde_json::Value, RawValue;
    Scalar::Bool => bool;
    Scalar::Char => char;
    Scalar::String => str, String, PathBuf, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, Context;
    Scalar::Uuid => Uuid, MessageId, CommandId;
    Scalar::Unsigned(8) => u8, NonZero<u8>;
    Scalar::Unsigned(16) => u16, NonZero<u16>;
    Scalar::Unsigned(32) => u32, NonZero<u32>;
    Scalar::Unsigned(64) => u64, NonZero<u64>, usize, NonZero<usize>, Position;
    Scalar::Unsigned(128) => u128, NonZero<u128>;
    Scalar::Signed(8) => i8, NonZero<i8>;
    Scalar::Signed(16) => i16, NonZero<i16>;
    Scalar::Signed(32) => i32, NonZero<i32>;
    Scalar::Signed(64) => i64, NonZero<i64>, isize, NonZero<isize>, Timestamp;
    Scalar::Signed(128) => i128, NonZero<i128>;
    Scalar::Float(32) => f32;
    Scalar::Float(64) => f64;
}

macro_rules! inner {
    ($($type:ty),+) => {$(
        impl<T: Shape + ?Sized> Shape for $type {
            fn shape(shapes: &mut Shapes) -> Type {
                T::shape(shapes)
            }
        }
    )+};
}

inner!(Box<T>, Rc<T>, Arc<T>);

impl<T: Shape + ToOwned + ?Sized> Shape for Cow<'_, T> {
    fn shape(shapes: &mut Shapes) -> Type {
        T::shape(shapes)
    }
}

impl<T: Shape> Shape for Wrapping<T> {
    fn shape(shapes: &mut Shapes) -> Type {
        T::shape(shapes)
    }
}

impl<T: Shape> Shape for Reverse<T> {
    fn shape(shapes: &mut Shapes) -> Type {
        T::shape(shapes)
    }
}

impl<T: ?Sized> Shape for PhantomData<T> {
    fn shape(_shapes: &mut Shapes) -> Type {
        Type::Scalar(Scalar::Null)
    }
}

impl<T: Shape> Shape for Option<T> {
    fn shape(shapes: &mut Shapes) -> Type {
        Type::option(T::shape(shapes))
    }
}

macro_rules! lists {
    ($($type:ty),+) => {$(
        impl<T: Shape> Shape for $type {
            fn shape(shapes: &mut Shapes) -> Type {
                Type::list(T::shape(shapes))
            }
        }
    )+};
}

lists!([T], Vec<T>, VecDeque<T>, LinkedList<T>, BinaryHeap<T>, BTreeSet<T>);

impl<T: Shape, S> Shape for HashSet<T, S> {
    fn shape(shapes: &mut Shapes) -> Type {
        Type::list(T::shape(shapes))
    }
}

impl<T: Shape, const N: usize> Shape for [T; N] {
    fn shape(shapes: &mut Shapes) -> Type {
        Type::array(T::shape(shapes), N)
    }
}

impl<K: Shape, V: Shape> Shape for BTreeMap<K, V> {
    fn shape(shapes: &mut Shapes) -> Type {
        Type::map(K::shape(shapes), V::shape(shapes))
    }
}

impl<K: Shape, V: Shape, S> Shape for HashMap<K, V, S> {
    fn shape(shapes: &mut Shapes) -> Type {
        Type::map(K::shape(shapes), V::shape(shapes))
    }
}

impl Shape for serde_json::Map<String, serde_json::Value> {
    fn shape(shapes: &mut Shapes) -> Type {
        BTreeMap::<String, serde_json::Value>::shape(shapes)
    }
}

impl Shape for Metadata {
    fn shape(shapes: &mut Shapes) -> Type {
        BTreeMap::<String, String>::shape(shapes)
    }
}

macro_rules! tuples {
    ($($($letter:ident)+;)+) => {$(
        impl<$($letter: Shape),+> Shape for ($($letter,)+) {
            fn shape(shapes: &mut Shapes) -> Type {
                Type::Tuple(Vec::from([$($letter::shape(shapes)),+]))
            }
        }
    )+};
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}

fn required(
    fields: &mut Fields<'_>,
    name: &'static str,
    reads: &'static [&'static str],
    ty: fn(&mut Shapes) -> Type,
) {
    fields.add(FieldSaid { name, reads, default: false, omitted: false, unwritten: false }, ty);
}

impl Shape for Duration {
    fn shape(shapes: &mut Shapes) -> Type {
        shapes.structure::<Self>("Duration", |fields| {
            required(fields, "secs", &["secs"], u64::shape);
            required(fields, "nanos", &["nanos"], u32::shape);
        })
    }
}

impl Shape for SystemTime {
    fn shape(shapes: &mut Shapes) -> Type {
        shapes.structure::<Self>("SystemTime", |fields| {
            required(fields, "secs_since_epoch", &["secs_since_epoch"], u64::shape);
            required(fields, "nanos_since_epoch", &["nanos_since_epoch"], u32::shape);
        })
    }
}
