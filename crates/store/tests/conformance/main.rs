//! One suite, run on SQLite, PostgreSQL and MariaDB over real connections. Each test has a database of its own.
//!
//! PostgreSQL is expected at `SWITCHBOARD_TEST_POSTGRES` (default `postgres://postgres@127.0.0.1:5432/postgres`) and
//! MariaDB at `SWITCHBOARD_TEST_MARIADB` (default `mysql://root@127.0.0.1:3306/mysql`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod database;

mod backup;
mod calls;
mod chats;
mod crash;
mod events;
mod faults;
mod gateways;
mod history;
mod ledger;
mod quiet;
mod replicas;
mod rows;
mod sealing;
mod webhooks;
mod writer;
