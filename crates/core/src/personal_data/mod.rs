//! What is stored about one person: handed out to whoever asks for it, and erased.
//!
//! - `subject`: who is meant, under both names, and how to find the person in what names people
//! - `export`: everything, a page at a time
//! - `erase`: across all tables; what others wrote stays, without the person's reactions, votes and quotes

mod erase;
mod export;
mod subject;
#[cfg(test)]
mod tests;

pub use self::{
    erase::Erased,
    export::{Entry, Export},
};
