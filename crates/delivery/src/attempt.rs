//! One delivery, step by step: claimed → prepared → answered → settled. Each step is a type, made only by the one
//! before it, so that nothing is sent unsigned and nothing is settled that was not tried.

use std::{sync::Arc, time::Duration};

use switchboard_core::{Attempt, DeliveryRow, Desk, Endpoint, Error, Settlement, Trial, TrialOutcome};
use switchboard_egress::{self as egress, EgressError, HeaderMap, HeaderName, HeaderValue, Method, Request};
use switchboard_model::{Event, EventId, Timestamp};
use tokio::time::Instant;

use crate::{Body, Encoders, Settings, retry_after, signature};

/// Read from an answer and thrown away, so that the connection can serve the next attempt.
const DRAIN: usize = 64 * 1024;
/// How long writing down a result is tried again before the attempt counts as never made.
const SETTLE_FOR: Duration = Duration::from_secs(30);

/// What every attempt needs.
pub(crate) struct Tools {
    pub(crate) desk: Desk,
    pub(crate) encoders: Encoders,
    pub(crate) settings: Arc<Settings>,
}

/// A delivery whose turn it is.
pub(crate) struct Claimed {
    pub(crate) row: DeliveryRow,
    pub(crate) endpoint: Arc<Endpoint>,
}

/// A signed request.
struct Prepared {
    row: DeliveryRow,
    request: Request,
}

/// How it went.
struct Answered {
    row: DeliveryRow,
    attempt: Attempt,
    outcome: Outcome,
}

#[derive(Clone, Copy)]
enum Outcome {
    Delivered,
    Failed {
        retry_after: Option<Duration>,
    },
    /// The receiver says that it will never be there again.
    Gone,
    /// The dialect has no words for the event.
    Skipped,
    /// The event is no longer kept.
    Forgotten,
}

/// What became of it, written down.
#[derive(Debug)]
pub(crate) enum Ended {
    Delivered,
    /// To be attempted again, at `row.next_at`; the receiver asks for rest until `rest`.
    Retry {
        row: DeliveryRow,
        rest: Option<Timestamp>,
    },
    Dead,
    Gone,
    /// Nothing was sent.
    Silent,
    /// Nothing could be read or written down: as if it had not been attempted.
    Undone {
        row: DeliveryRow,
    },
}

impl Tools {
    pub(crate) async fn deliver(&self, claimed: Claimed) -> Ended {
        let row = claimed.row.clone();
        let answered = match self.prepare(claimed).await {
            Ok(Ok(prepared)) => self.call(prepared).await,
            Ok(Err(answered)) => answered,
            Err(error) => {
                tracing::warn!(webhook = %row.webhook, %error, "a delivery cannot be read yet");
                return Ended::Undone { row };
            }
        };
        self.settle(answered).await
    }

    /// A single attempt for somebody who waits; nothing is written down.
    pub(crate) async fn try_out(&self, trial: Trial) {
        let Trial { endpoint, event, reply } = trial;
        let body = self.encoders.encode(endpoint.dialect, &event, None).or_else(|| self.encoders.native(&event));
        let outcome = match body {
            Some(body) => {
                let request = self.request(&endpoint, &event.id, body);
                let (attempt, _) = self.exchange(request).await;
                TrialOutcome { status: attempt.status, latency_ms: attempt.latency_ms, error: attempt.error }
            }
            None => TrialOutcome { status: None, latency_ms: 0, error: Some("there is nothing to say".to_owned()) },
        };
        // Whoever asked may have left.
        let _ = reply.send(outcome);
    }

    async fn prepare(&self, claimed: Claimed) -> Result<Result<Prepared, Answered>, Error> {
        let Claimed { row, endpoint } = claimed;
        let Some(event) = self.desk.event(row.pos).await? else {
            return Ok(Err(self.unsent(row, Outcome::Forgotten)));
        };
        Ok(match self.body(&endpoint, &event).await? {
            Some(body) => Ok(Prepared { request: self.request(&endpoint, &row.event, body), row }),
            None => Err(self.unsent(row, Outcome::Skipped)),
        })
    }

    async fn body(&self, endpoint: &Endpoint, event: &Event) -> Result<Option<Body>, Error> {
        let asks = self.encoders.asks_for_number(endpoint.dialect);
        let own = if asks { self.desk.own_number(&event.session).await? } else { None };
        Ok(self.encoders.encode(endpoint.dialect, event, own.as_ref()))
    }

    fn request(&self, endpoint: &Endpoint, id: &EventId, body: Body) -> Request {
        let now = self.desk.now();
        let signature = signature::sign(endpoint.secrets_at(now), &id.0, now, &body.bytes);
        let mut headers: HeaderMap = endpoint.headers.iter().filter_map(|(name, value)| header(name, value)).collect();
        headers.insert("content-type", HeaderValue::from_static(body.content_type));
        let own =
            [("webhook-id", &id.0), ("webhook-timestamp", &now.secs().to_string()), ("webhook-signature", &signature)];
        headers.extend(own.into_iter().filter_map(|(name, value)| header(name, value)));
        let request = Request::new(Method::POST, endpoint.url.clone());
        let (body, timeout) = (egress::Body::Bytes(body.bytes), self.settings.timeout);
        Request { headers, body, timeout, max_response_bytes: u64::MAX, ..request }
    }

    fn unsent(&self, row: DeliveryRow, outcome: Outcome) -> Answered {
        let error = matches!(outcome, Outcome::Forgotten).then(|| "the event is no longer kept".to_owned());
        Answered { row, attempt: Attempt { at: self.desk.now(), status: None, latency_ms: 0, error }, outcome }
    }

    async fn call(&self, prepared: Prepared) -> Answered {
        let Prepared { row, request } = prepared;
        let (attempt, retry_after) = self.exchange(request).await;
        let outcome = match (attempt.status, &attempt.error) {
            (_, None) => Outcome::Delivered,
            (Some(410), _) => Outcome::Gone,
            _ => Outcome::Failed { retry_after },
        };
        Answered { row, attempt, outcome }
    }

    async fn exchange(&self, request: Request) -> (Attempt, Option<Duration>) {
        let (at, begun) = (self.desk.now(), Instant::now());
        let answer = self.desk.egress().send(request).await;
        let latency_ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        let attempt = |status, error| Attempt { at, status, latency_ms, error };
        match answer {
            Ok(response) => {
                let status = response.status.as_u16();
                let asked = retry_after::read(&response.headers, at);
                drop(response.excerpt(DRAIN).await);
                (attempt(Some(status), failure(status)), asked)
            }
            Err(error) => (attempt(None, Some(explain(&error))), None),
        }
    }

    async fn settle(&self, answered: Answered) -> Ended {
        let Answered { row, attempt, outcome } = answered;
        let settlement = self.settlement(&row, outcome);
        if !self.write_down(&row, settlement, &attempt).await {
            return Ended::Undone { row };
        }
        note(&row, &attempt, outcome, settlement);
        match (outcome, settlement) {
            (Outcome::Delivered, _) => Ended::Delivered,
            (Outcome::Gone, _) => {
                self.disable(&row).await;
                Ended::Gone
            }
            (Outcome::Failed { retry_after }, Settlement::Retry { at }) => {
                let rest = retry_after.filter(|_| matches!(attempt.status, Some(429 | 503))).map(|_| at);
                Ended::Retry { row: DeliveryRow { attempts: row.attempts + 1, next_at: at, ..row }, rest }
            }
            (Outcome::Failed { .. }, _) => Ended::Dead,
            (Outcome::Skipped | Outcome::Forgotten, _) => Ended::Silent,
        }
    }

    /// A pause begins with the answer: a receiver that was slow to say that it is busy gets all of it.
    fn settlement(&self, row: &DeliveryRow, outcome: Outcome) -> Settlement {
        match outcome {
            Outcome::Delivered => Settlement::Delivered,
            Outcome::Skipped => Settlement::Skipped,
            Outcome::Gone | Outcome::Forgotten => Settlement::Dead,
            Outcome::Failed { retry_after } => match self.settings.schedule.after(row.attempts + 1, retry_after) {
                Some(pause) => Settlement::Retry { at: self.desk.now().after(pause) },
                None => Settlement::Dead,
            },
        }
    }

    /// As long as the database is away, for a while.
    async fn write_down(&self, row: &DeliveryRow, settlement: Settlement, attempt: &Attempt) -> bool {
        let (begun, mut pause) = (Instant::now(), Duration::from_millis(50));
        loop {
            match self.desk.settle(row, settlement, attempt.clone()).await {
                Ok(()) => return true,
                Err(error) => {
                    tracing::warn!(webhook = %row.webhook, %error, "how a delivery went cannot be stored yet");
                }
            }
            if begun.elapsed() > SETTLE_FOR {
                return false;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    async fn disable(&self, row: &DeliveryRow) {
        let disabled = self.desk.disable(&row.webhook, "the receiver answered 410 Gone").await;
        if let Err(error) = disabled {
            tracing::warn!(webhook = %row.webhook, %error, "a webhook that is gone cannot be disabled yet");
        }
    }
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
}

/// Why an answer does not count.
fn failure(status: u16) -> Option<String> {
    match status {
        200..=299 => None,
        300..=399 => Some(format!("HTTP {status}: redirects are not followed")),
        _ => Some(format!("HTTP {status}")),
    }
}

fn explain(error: &EgressError) -> String {
    error.to_string().chars().take(500).collect()
}

fn note(row: &DeliveryRow, attempt: &Attempt, outcome: Outcome, settlement: Settlement) {
    let webhook = row.webhook.clone();
    if matches!(outcome, Outcome::Skipped | Outcome::Forgotten) {
        return;
    }
    let result = if matches!(outcome, Outcome::Delivered) { "delivered" } else { "failed" };
    metrics::counter!("switchboard_webhook_attempts_total", "webhook" => webhook.clone(), "result" => result)
        .increment(1);
    #[expect(clippy::cast_precision_loss, reason = "a latency in milliseconds is small")]
    let seconds = attempt.latency_ms as f64 / 1000.0;
    metrics::histogram!("switchboard_webhook_latency_seconds", "webhook" => webhook.clone()).record(seconds);
    if settlement == Settlement::Dead {
        metrics::counter!("switchboard_webhook_dead_total", "webhook" => webhook).increment(1);
    }
}
