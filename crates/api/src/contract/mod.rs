//! What holds for every operation of every surface, tried on each that its description names.

mod about;
mod access;
mod bad_input;
mod examples;
mod existence;
mod overload;
mod quirks;
mod same_state;
mod sample;
mod surfaces;
