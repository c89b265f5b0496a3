//! The documented APIs: each in its own words, on the same use cases. `QUIRKS.md` of each names what it keeps on purpose.
//! [`docs`] describes them for programs.
#![expect(unused_qualifications, reason = "the code that `utoipa::path` generates qualifies parameter types")]

pub mod bots;
pub mod docs;
mod fields;
pub mod microservice;
pub mod multisession;
pub mod wa_api;
