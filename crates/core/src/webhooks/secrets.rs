//! The secrets that sign deliveries. While one takes over from another both sign, so that no receiver fails.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::SecretString;
use switchboard_model::Timestamp;
use switchboard_store::webhooks::WebhookSecret;

use super::IssuedWebhook;
use crate::{Caller, Core, Error, secrets::random};

/// How long the old secret signs beside the new one, unless told otherwise.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);
const LONGEST_OVERLAP: Duration = Duration::from_secs(30 * 24 * 3600);
/// However often it is rotated: the header should not grow without end.
const MOST: usize = 3;

impl Core {
    /// Makes a new secret. The one in use signs for a while longer; no time at all ends it at once.
    pub async fn rotate_webhook_secret(
        &self,
        caller: &Caller,
        id: &str,
        overlap: Option<Duration>,
    ) -> Result<IssuedWebhook, Error> {
        let overlap = overlap.unwrap_or(OVERLAP);
        if overlap > LONGEST_OVERLAP {
            return Err(Error::invalid("overlap_seconds", "is at most 30 days"));
        }
        let (secret, now) = (generate()?, self.now());
        let value = secret.clone();
        let webhook = self
            .change_webhook(caller, id, "webhook.rotate_secret", move |row| {
                let old = std::mem::take(&mut row.secrets);
                row.secrets = rotated(old, value.clone(), now, now.after(overlap));
            })
            .await?;
        Ok(IssuedWebhook { webhook, secret })
    }
}

/// As Standard Webhooks writes it: 256 bits behind a prefix.
pub(super) fn generate() -> Result<SecretString, Error> {
    Ok(format!("whsec_{}", BASE64_STANDARD.encode(random::<32>()?)).into())
}

fn rotated(old: Vec<WebhookSecret>, new: SecretString, now: Timestamp, until: Timestamp) -> Vec<WebhookSecret> {
    let ending = old.into_iter().map(|s| WebhookSecret { until: Some(s.until.map_or(until, |t| t.min(until))), ..s });
    let valid = ending.filter(|secret| secret.until.is_some_and(|until| until > now));
    std::iter::once(WebhookSecret { value: new, until: None }).chain(valid).take(MOST).collect()
}
