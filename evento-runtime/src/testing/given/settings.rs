//! What the tests of several kinds of components have in common, as methods.

/// What messages say beside their payloads, and the time.
macro_rules! world_of {
    ([$($param:ident),*] $test:ty) => {
        impl<$($param),*> $test {
            /// From here on, messages say this beside their payloads: who sends them, for instance.
            #[must_use = "nothing is checked before a `then_..`"]
            pub fn with(mut self, metadata: $crate::message::Metadata) -> Self {
                self.core.world.metadata = metadata;
                self
            }

            /// From here on, messages belong to this context.
            #[must_use = "nothing is checked before a `then_..`"]
            pub fn in_context(mut self, context: $crate::message::Context) -> Self {
                self.core.world.context = context;
                self
            }

            /// The id of the bundle to which the component belongs, from which the ids of commands are derived. Without it, `test`.
            #[must_use = "nothing is checked before a `then_..`"]
            pub fn in_bundle(mut self, id: &str) -> Self {
                id.clone_into(&mut self.core.world.bundle);
                self
            }
        }
    };
}

/// The time, for components that do not wait for it.
macro_rules! time_of {
    ([$($param:ident),*] $test:ty) => {
        impl<$($param),*> $test {
            /// The time, from here on. A test begins at 0 milliseconds.
            #[must_use = "nothing is checked before a `then_..`"]
            pub fn at(self, time: $crate::message::Timestamp) -> Self {
                self.core.world.clock.set(time);
                self
            }
        }
    };
}

/// Where events come from.
macro_rules! stream_of {
    ([$($param:ident),*] $test:ty) => {
        impl<$($param),*> $test {
            /// From here on, events belong to the stream of this aggregate or service, for handlers that look at it.
            #[must_use = "nothing is checked before a `then_..`"]
            pub fn of_stream(mut self, stream: $crate::message::StreamId) -> Self {
                self.core.world.stream = stream;
                self
            }

            /// The id of the next event, which is counted otherwise. From it the ids of the commands are derived that are sent for it.
            #[must_use = "nothing is checked before a `then_..`"]
            pub fn with_event_id(mut self, id: $crate::message::MessageId) -> Self {
                self.core.world.next_event_id = Some(id);
                self
            }
        }
    };
}

/// What the component is built from.
macro_rules! provided_to {
    ([$($param:ident),*] $test:ty) => {
        impl<$($param),*> $test {
            /// A value for the component's `#[inject]` function, as [`Builder::provide`](crate::bundle::Builder::provide). It is
            /// built when it is first needed.
            #[must_use = "nothing is checked before a `then_..`"]
            pub fn provide<Value: Clone + Send + Sync + 'static>(mut self, value: Value) -> Self {
                self.core.provided.insert(value);
                self
            }
        }
    };
}

/// What the component is answered that it sends.
macro_rules! answers_to {
    ([$($param:ident),*] $test:ty) => {
        impl<$($param),*> $test {
            /// What becomes of the next command `D` that the component sends in a `when`. Said several times, of one after the other.
            /// A command to which nothing is said is accepted, without events. Answers that nobody gets fail the test.
            ///
            /// # Panics
            /// When the answer has events that do not survive their JSON.
            #[must_use = "nothing is checked before a `then_..`"]
            #[track_caller]
            pub fn answers<D: $crate::payload::Command>(self, answer: $crate::testing::Answer) -> Self {
                let answering = self.core.check(answer.into_answering());
                self.core.double.answers(D::META.name, answering);
                self
            }
        }
    };
}

/// What the component is answered that it asks.
macro_rules! responds_to {
    ([$($param:ident),*] $test:ty) => {
        impl<$($param),*> $test {
            /// What is answered to the next query `Q` that the component asks in a `when`, and to all later ones. Said several times, to
            /// one after the other, and the last one to all that follow. A query to which nothing is said fails the test, and so does
            /// an answer that nobody gets.
            ///
            /// # Panics
            /// When the response does not survive its JSON.
            #[must_use = "nothing is checked before a `then_..`"]
            #[track_caller]
            pub fn responds<Q: $crate::payload::Query>(self, response: Q::Response) -> Self {
                self.core.check(self.core.double.responds::<Q>(response));
                self
            }

            /// The same with a query that fails, for this reason.
            #[must_use = "nothing is checked before a `then_..`"]
            pub fn fails_to_respond<Q: $crate::payload::Query>(self, reason: &str) -> Self {
                self.core.double.fails_query(Q::META.name, reason.to_owned());
                self
            }

            /// The component asked these queries in the last `when`, in this order, and no others.
            ///
            /// # Panics
            /// When it did not.
            #[track_caller]
            pub fn then_queries(self, expected: impl $crate::testing::ListOf<$crate::testing::kind::Queries>) -> Self {
                self.core.check(self.core.then_queries(expected));
                self
            }

            /// Looks at the queries that the component asked in the last `when`, with their envelopes.
            pub fn then_asked(self, check: impl FnOnce(&[$crate::testing::Asked])) -> Self {
                check(&self.core.double.asked());
                self
            }
        }
    };
}

/// What the component has sent.
macro_rules! sends {
    ([$($param:ident),*] $test:ty) => {
        impl<$($param),*> $test {
            /// The handler succeeded, and sent these commands in the last `when`, in this order, and no others.
            ///
            /// # Panics
            /// When it did not.
            #[track_caller]
            pub fn then_commands(self, expected: impl $crate::testing::ListOf<$crate::testing::kind::Commands>) -> Self {
                self.core.check(self.core.then_commands(expected));
                self
            }

            /// The handler succeeded, and sent no command in the last `when`.
            ///
            /// # Panics
            /// When it did otherwise.
            #[track_caller]
            pub fn then_no_commands(self) -> Self {
                self.core.check(self.core.then_commands(()));
                self
            }

            /// Looks at the commands that were sent in the last `when`, with their envelopes, also when the handler failed later.
            pub fn then_sent(self, check: impl FnOnce(&[$crate::testing::Sent])) -> Self {
                check(&self.core.double.sent());
                self
            }
        }
    };
}

/// How a handler of a consumer fails.
macro_rules! fails_with {
    ([$($param:ident),*] $test:ty) => {
        impl<$($param),*> $test {
            /// The handler failed with an `E`, or with an error that has one as a cause.
            ///
            /// # Panics
            /// When it succeeded, or failed otherwise.
            #[track_caller]
            pub fn then_fails<E: std::error::Error + Send + Sync + 'static>(self, check: impl FnOnce(&E)) -> Self {
                check(self.core.check(self.core.error_as::<E>()));
                self
            }

            /// The handler failed, or panicked, with these words in its message, the causes included.
            ///
            /// # Panics
            /// When it succeeded, or says something else.
            #[track_caller]
            pub fn then_fails_saying(self, words: &str) -> Self {
                self.core.check(self.core.then_fails_saying(words));
                self
            }
        }
    };
}

pub(super) use {answers_to, fails_with, provided_to, responds_to, sends, stream_of, time_of, world_of};
