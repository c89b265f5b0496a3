//! A copy of everything, to go on from elsewhere: on another machine, or on another kind of database.
//!
//! A backup is made while the gateway runs, in one transaction that sees one moment. It is a file of sealed frames, so
//! it says nothing without the master key, and what lacks its end or was changed does not open.
//!
//! - `tables`: which tables and columns there are, as the migrations make them
//! - `frames`: the file
//! - `dump` writes it; `load` puts it into an empty database, within the caller's transaction

mod dump;
mod frames;
mod load;
mod tables;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use dump::dump;
pub use load::{is_empty, load};

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// In milliseconds since the epoch.
    pub made_at: i64,
    /// The newest migration of the database.
    pub schema: i64,
    pub rows: u64,
}

#[derive(Debug, Serialize, Deserialize)]
enum Frame {
    Head { made_at: i64, schema: i64 },
    Rows { table: String, columns: Vec<String>, rows: Vec<Vec<Value>> },
    End { rows: u64 },
}
