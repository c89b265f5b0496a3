//! Sinks: servers that get every event, each behind a stored cursor of its own.
//!
//! [`Follower`] does the work that all have in common: it reads the log, publishes batch by batch, and moves the cursor
//! once a batch has arrived. A crash, or a server that went away in the middle, repeats at most that batch, under the
//! same event ids. The adapters only know how to publish: `redis`, `nats`, `amqp`, `supabase`.

mod amqp;
mod follower;
mod gauges;
mod nats;
mod record;
mod redis;
mod supabase;

use std::time::Duration;

use async_trait::async_trait;

pub use amqp::Amqp;
pub use follower::{Follower, SinkSettings, SinkState};
pub use nats::Nats;
pub use record::Record;
pub use redis::Redis;
pub use supabase::Supabase;

/// A server that takes events. What is connected to it is made when needed and dropped after an error.
#[async_trait]
pub trait Sink: Send {
    /// Returns once the server has all of them, in this order.
    async fn publish(&mut self, batch: &[Record]) -> Result<(), SinkError>;

    /// Whether the server would take something now.
    async fn check(&mut self) -> Result<(), SinkError>;
}

/// Why the server did not take it, in words that name neither passwords nor what the events say.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    #[error("{0}")]
    Refused(String),
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
    /// The server is there, and will never take what is among these: it is too large, or not what the server can hold.
    #[error("{0}")]
    Unfit(String),
    /// The address cannot be one: trying again is of no use until it is changed.
    #[error("{0}")]
    Unusable(String),
}

impl SinkError {
    fn refused(why: impl std::fmt::Display) -> Self {
        Self::Refused(why.to_string())
    }

    fn unfit(why: impl std::fmt::Display) -> Self {
        Self::Unfit(why.to_string())
    }

    fn unusable(why: impl std::fmt::Display) -> Self {
        Self::Unusable(why.to_string())
    }
}
