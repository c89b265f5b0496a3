//! What is stored about people and sessions, and that nothing is left of them.

mod person;
mod session;
