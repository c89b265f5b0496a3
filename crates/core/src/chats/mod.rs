//! Conversations: listing them, and reading what is in them.

pub(crate) mod decide;
mod list;
mod mark_read;
#[cfg(test)]
mod one_person_tests;
pub(crate) mod reading;
#[cfg(test)]
mod tests;

pub use self::{
    decide::ChangeChat,
    list::{ChatPage, ChatQuery, ChatView},
};
