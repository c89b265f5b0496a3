//! Who may do what: users, keys, sign-in. What these use cases remember between calls lives in [`Identity`].

/// Shared memory of the identity use cases.
#[derive(Default)]
pub(crate) struct Identity {}
