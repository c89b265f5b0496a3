//! Numbered schema steps, recorded in `schema_migrations`.
//!
//! To add a table: write `mNNNN_name.rs` with its steps and add it to [`all`]. A migration that has been released never
//! changes. SQLite and PostgreSQL run a migration in one transaction. MySQL commits each step by itself, so how far it
//! came is recorded step by step, and a start after a crash goes on from there.

mod columns;
mod m0001_ground;
mod m0002_messages;
mod m0003_webhooks;
mod m0004_calls;
mod m0005_handovers;
mod m0006_number_checks;
mod m0007_sinks;
mod m0008_chats;
mod m0009_history;
mod m0010_engine_state;
mod m0012_session_health;
mod m0013_labels;
mod m0014_one_person;
mod m0015_gateways;
mod m0016_fewer_indexes;
mod m0017_deletions;
mod runner;

use sea_orm::sea_query::{IndexCreateStatement, InsertStatement, TableCreateStatement};

use crate::Dialect;

pub(crate) use runner::{check_current, run};

pub(crate) struct Migration {
    pub(crate) number: i64,
    pub(crate) name: &'static str,
    pub(crate) steps: fn(Dialect) -> Vec<Step>,
}

/// One statement of a migration.
pub(crate) enum Step {
    Table(TableCreateStatement),
    Index(IndexCreateStatement),
    Insert(InsertStatement),
    /// What is said differently to each database.
    Sql(String),
}

impl Step {
    pub(crate) fn build(&self, dialect: Dialect) -> sea_orm::Statement {
        match self {
            Self::Table(table) => dialect.build(table),
            Self::Index(index) => dialect.build(index),
            Self::Insert(insert) => dialect.build(insert),
            Self::Sql(sql) => sea_orm::Statement::from_string(dialect, sql.as_str()),
        }
    }
}

/// The number of the newest.
pub(crate) fn newest() -> i64 {
    all().last().map_or(0, |migration| migration.number)
}

/// All migrations, oldest first.
pub(crate) fn all() -> Vec<Migration> {
    vec![
        Migration { number: 1, name: "ground", steps: m0001_ground::steps },
        Migration { number: 2, name: "messages", steps: m0002_messages::steps },
        Migration { number: 3, name: "webhooks", steps: m0003_webhooks::steps },
        Migration { number: 4, name: "calls", steps: m0004_calls::steps },
        Migration { number: 5, name: "handovers", steps: m0005_handovers::steps },
        Migration { number: 6, name: "number_checks", steps: m0006_number_checks::steps },
        Migration { number: 7, name: "sinks", steps: m0007_sinks::steps },
        Migration { number: 8, name: "chats", steps: m0008_chats::steps },
        Migration { number: 9, name: "history", steps: m0009_history::steps },
        Migration { number: 10, name: "engine_state", steps: m0010_engine_state::steps },
        Migration { number: 12, name: "session_health", steps: m0012_session_health::steps },
        Migration { number: 13, name: "labels", steps: m0013_labels::steps },
        Migration { number: 14, name: "one_person", steps: m0014_one_person::steps },
        Migration { number: 15, name: "gateways", steps: m0015_gateways::steps },
        Migration { number: 16, name: "fewer_indexes", steps: m0016_fewer_indexes::steps },
        Migration { number: 17, name: "deletions", steps: m0017_deletions::steps },
    ]
}
