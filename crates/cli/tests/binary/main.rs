//! The binary as its users meet it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod https;
mod mistakes;
mod moving;
mod offline;
mod online;
mod running;
mod support;
