//! The servers that get every event.

use std::time::Duration;

use secrecy::SecretString;

use super::read::{duration, limit, required, text};
use super::table::{
    AMQP_EXCHANGE, AMQP_QUEUE, AMQP_URL, NATS_STREAM, NATS_URL, REDIS_STREAM, REDIS_STREAM_LENGTH, REDIS_URL,
    SINK_RETENTION, SUPABASE_KEY, SUPABASE_URL,
};
use super::{ConfigError, Setting, Values};

/// None of the addresses is checked: the documents print placeholders, and a server out of reach stops nothing.
#[derive(Clone, Debug)]
pub struct Sinks {
    pub redis: Option<Redis>,
    pub supabase: Option<Supabase>,
    pub nats: Option<Nats>,
    pub amqp: Option<Amqp>,
    pub retention: Duration,
}

#[derive(Clone, Debug)]
pub struct Redis {
    pub url: SecretString,
    pub stream: String,
    pub keeps: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct Supabase {
    pub url: String,
    pub key: SecretString,
}

#[derive(Clone, Debug)]
pub struct Nats {
    pub url: SecretString,
    pub stream: String,
}

#[derive(Clone, Debug)]
pub struct Amqp {
    pub url: SecretString,
    pub exchange: String,
    pub queue: Option<String>,
}

impl Sinks {
    pub(super) fn from_values(values: &Values) -> Result<Self, ConfigError> {
        let secret = |setting: &Setting| text(values, setting).map(SecretString::from);
        let name = |setting| required(values, setting, |t| Ok(t.to_owned()));
        let keeps = required(values, &REDIS_STREAM_LENGTH, limit)?;
        let (stream, subjects, exchange) = (name(&REDIS_STREAM)?, name(&NATS_STREAM)?, name(&AMQP_EXCHANGE)?);
        let queue = Some(name(&AMQP_QUEUE)?).filter(|queue| queue != "off");
        Ok(Self {
            redis: secret(&REDIS_URL).map(|url| Redis { url, stream, keeps }),
            // The URL without a key is what a half-filled form leaves: told by `/health`.
            supabase: text(values, &SUPABASE_URL)
                .map(|url| Supabase { url, key: secret(&SUPABASE_KEY).unwrap_or_default() }),
            nats: secret(&NATS_URL).map(|url| Nats { url, stream: subjects }),
            amqp: secret(&AMQP_URL).map(|url| Amqp { url, exchange, queue }),
            retention: required(values, &SINK_RETENTION, duration)?,
        })
    }
}
