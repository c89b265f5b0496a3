//! Several gateways on one database. Each session is run by one of them, under its lease; what only that one can do is
//! asked of it, and the rest anybody does.
//!
//! - `elsewhere`: whether another gateway runs a session, and what it shows meanwhile
//! - `news`: what they tell each other over a bus, if there is one
//! - `presence`: which gateways there are and what they run; `shares`: how the sessions spread over them

mod elsewhere;
mod news;
mod presence;
mod shares;

pub use news::{AskedElsewhere, BusDesk};
pub(crate) use {
    news::{Grapevine, News},
    presence::{GONE, Others},
    shares::Shares,
};
