//! Conversations: listing them, and reading what is in them.

pub(crate) mod decide;
mod list;
mod mark_read;
pub(crate) mod reading;
#[cfg(test)]
mod tests;

pub use self::{
    decide::ChangeChat,
    list::{ChatPage, ChatQuery, ChatView},
};
