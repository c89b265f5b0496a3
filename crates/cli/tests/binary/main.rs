//! The binary as its users meet it.

mod mistakes;
mod running;
mod support;
