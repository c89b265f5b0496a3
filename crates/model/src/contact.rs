//! What people show of themselves.

use serde::{Deserialize, Serialize};

/// What is different about a person from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ContactChange {
    /// There is another picture, under this name, or none any more.
    Picture {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        picture: Option<String>,
    },
    About {
        about: String,
    },
}
