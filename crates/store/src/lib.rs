//! The store: one writer with shared commits over SQLite, PostgreSQL or MySQL/MariaDB, and every query once.
//!
//! - [`Store`] opens a database, runs commands in the writer's shared transaction, and reads
//! - [`Conn`] and [`Tx`] are what query functions take: read anywhere, write in a command only
//! - [`vault`] seals what is stored; [`MasterKey`] and [`KeyFile`] say under which key
//! - one module per aggregate: [`users`], [`api_keys`], [`audit`], [`sessions`], [`auth_state`], [`jwt_keys`], [`events`],
//!   [`messages`], [`outbox`], [`leases`], [`gateways`], [`idempotency`], [`webhooks`], [`deliveries`], [`calls`], [`blocked_contacts`],
//!   [`call_settings`], [`handovers`], [`session_health`], [`sinks`], [`chats`], [`labels`], [`history`], [`deletions`]; [`people`]
//!   erases across them
//! - [`whatsmeow`] reads what another gateway has stored
//! - [`backup`]: a copy of everything, and the way back from it
//! - `migrations` holds the schema, `log` the positions of events, `writer` the machinery of shared commits

pub mod api_keys;
pub mod audit;
pub mod auth_state;
pub mod backup;
pub mod blocked_contacts;
pub mod call_settings;
pub mod calls;
pub mod chats;
mod conn;
mod contact_index;
mod counters;
mod database;
pub mod deletions;
pub mod deliveries;
mod error;
pub mod events;
mod fixed;
pub mod gateways;
pub mod handovers;
pub mod history;
pub mod idempotency;
pub mod jwt_keys;
pub mod labels;
pub mod leases;
mod log;
pub mod messages;
mod meta;
mod migrations;
pub mod number_checks;
mod one_person;
pub mod outbox;
pub mod people;
mod portions;
pub mod session_health;
pub mod sessions;
pub mod sinks;
mod sqlite;
mod store;
mod subscribers;
mod transaction;
mod tx;
pub mod users;
pub mod vault;
pub mod webhooks;
pub mod whatsmeow;
mod writer;

pub use conn::{Conn, Dialect, Reader, Row};
pub use database::DatabaseUrl;
pub use error::StoreError;
pub use store::{Store, StoreOptions};
pub use tx::Tx;
pub use vault::{KeyFile, MasterKey};
