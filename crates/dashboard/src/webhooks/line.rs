//! A delivery as a line that opens to show how it fares.

use switchboard_core::Delivery;
use switchboard_model::DeliveryState;

use crate::text::Text;

pub(super) struct Line {
    pub(super) webhook: String,
    pub(super) position: i64,
    pub(super) session: String,
    pub(super) kind: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) attempts: i64,
    pub(super) next_at: Option<String>,
    pub(super) created_at: String,
    pub(super) answer: Option<String>,
    pub(super) latency: Option<i64>,
    pub(super) error: Option<String>,
    pub(super) settled: bool,
}

impl Line {
    pub(super) fn of(t: &'static Text, delivery: Delivery) -> Self {
        let (state, tone) = match delivery.state {
            DeliveryState::Pending => (t.delivery_pending, "busy"),
            DeliveryState::Delivered => (t.delivery_delivered, "good"),
            DeliveryState::Dead => (t.delivery_dead, "bad"),
            DeliveryState::Skipped => (t.delivery_skipped, "idle"),
        };
        let last = delivery.last;
        Self {
            webhook: delivery.webhook,
            position: delivery.position,
            session: delivery.session.to_string(),
            kind: delivery.kind,
            state,
            tone,
            attempts: delivery.attempts,
            next_at: delivery.next_at.map(|at| at.to_string()),
            created_at: delivery.created_at.to_string(),
            answer: last.as_ref().and_then(|last| last.status).map(|status| status.to_string()),
            latency: last.as_ref().map(|last| last.latency_ms),
            error: last.and_then(|last| last.error),
            settled: delivery.state != DeliveryState::Pending,
        }
    }
}
