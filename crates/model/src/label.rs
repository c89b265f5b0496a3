//! Labels: how a business account sorts its chats.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Chosen by whoever made it, on whichever device of the account.
    pub id: String,
    pub name: String,
    /// A place in the app's palette.
    pub color: u32,
}

impl Label {
    /// Apps show so many colours.
    pub const COLORS: u32 = 20;
    pub const LONGEST_ID: usize = 64;
}
