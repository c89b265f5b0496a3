//! Several gateways on one database. Each session is run by one of them, under its lease; what only that one can do is
//! asked of it, and the rest anybody does.
//!
//! - `elsewhere`: whether another gateway runs a session, and what it shows meanwhile

mod elsewhere;
