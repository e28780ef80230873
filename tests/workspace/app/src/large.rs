//! Twenty components with twenty-five handlers each.

use evento::prelude::*;

macro_rules! events {
    ($($event:ident)*) => {$(
        /// One of many events.
        #[domain_event]
        pub struct $event {
            /// Which one.
            pub id: String,
        }
    )*};
}

events! {
    E0 E1 E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E12 E13 E14 E15 E16 E17 E18 E19 E20 E21 E22 E23 E24
}

macro_rules! observers {
    ($($component:ident)*) => {
        $(observers!(@one $component
            e0 E0, e1 E1, e2 E2, e3 E3, e4 E4, e5 E5, e6 E6, e7 E7, e8 E8, e9 E9, e10 E10, e11 E11, e12 E12, e13 E13,
            e14 E14, e15 E15, e16 E16, e17 E17, e18 E18, e19 E19, e20 E20, e21 E21, e22 E22, e23 E23, e24 E24
        );)*

        bundle! {
            /// Twenty components.
            pub LargeBundle { id: "large", version: 1, components: [$($component),*] }
        }
    };
    (@one $component:ident $($handler:ident $event:ident),*) => {
        /// One of many observers.
        #[derive(Default)]
        pub struct $component;

        #[observer(version = 1)]
        impl $component {
            $(
                #[event_handler]
                async fn $handler(&self, event: &$event, metadata: &Metadata) -> Result<()> {
                    let _ = (&event.id, metadata);
                    Ok(())
                }
            )*
        }
    };
}

observers! { C0 C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 }
