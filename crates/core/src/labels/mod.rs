//! Labels: making them, and putting them on chats.

mod manage;
pub(crate) mod note;
#[cfg(test)]
mod tests;

pub use self::manage::{ChangeLabel, NewLabel};
