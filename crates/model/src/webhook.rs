//! Webhooks: how a subscription behaves, and how far a delivery came.

use serde::{Deserialize, Serialize};

use crate::session::words;

/// In which order deliveries leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookMode {
    /// One after the other for each session: a failed delivery holds those behind it back.
    #[default]
    Fifo,
    /// Each by itself, in no certain order.
    Parallel,
}

/// Whose words the body speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookDialect {
    #[default]
    Native,
    Multisession,
}

/// Whether a subscription delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    Active,
    /// By its owner: deliveries gather and wait.
    Paused,
    /// The receiver said that it is gone for good. Nothing gathers.
    Disabled,
}

/// How far one delivery came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be attempted, for the first time or again.
    Pending,
    Delivered,
    /// Given up. It can be replayed.
    Dead,
    /// The dialect has no words for this event.
    Skipped,
}

words!(WebhookMode: Fifo = "fifo", Parallel = "parallel");
words!(WebhookDialect: Native = "native", Multisession = "multisession");
words!(WebhookState: Active = "active", Paused = "paused", Disabled = "disabled");
words!(DeliveryState: Pending = "pending", Delivered = "delivered", Dead = "dead", Skipped = "skipped");
