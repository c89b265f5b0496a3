//! Sessions that another gateway runs.

use std::time::Duration;

use switchboard_model::{EventBody, SessionId};
use switchboard_store::{events, leases};

use crate::{Core, Error, PairingCode, events::read};

impl Core {
    /// Nothing to object where the session runs here or nowhere; else an error that says who is to be asked.
    pub async fn expect_here(&self, id: &SessionId) -> Result<(), Error> {
        if self.0.keepers.is_running(id) {
            return Ok(());
        }
        let Some(lease) = leases::find(self.store().reader(), id).await? else { return Ok(()) };
        // A session that is handed over is run by no gateway: its use cases say so themselves.
        let gateway = !lease.holder.is_empty() && !lease.holder.starts_with("handover:");
        if lease.expired || !gateway || lease.holder == self.settings().instance {
            return Ok(());
        }
        Err(Error::Elsewhere { session: id.to_string(), address: lease.address })
    }

    /// The code that another gateway shows, by the log, waiting up to `limit` for one.
    pub(crate) async fn code_told(
        &self,
        id: &SessionId,
        kind: &str,
        limit: Duration,
    ) -> Result<Option<PairingCode>, Error> {
        let mut newest = self.store().subscribe();
        let told = self.newest_code(id, kind).await?;
        if told.is_some() {
            return Ok(told);
        }
        let next = async {
            while newest.changed().await.is_ok() {
                if let Some(code) = self.newest_code(id, kind).await? {
                    return Ok(Some(code));
                }
            }
            Ok(None)
        };
        tokio::time::timeout(limit, next).await.unwrap_or(Ok(None))
    }

    async fn newest_code(&self, id: &SessionId, kind: &str) -> Result<Option<PairingCode>, Error> {
        let Some(row) = events::newest_of(self.store().reader(), id, kind).await? else { return Ok(None) };
        let (EventBody::SessionQr { code, expires_at } | EventBody::SessionPairingCode { code, expires_at }) =
            read(row)?.body
        else {
            return Ok(None);
        };
        Ok(Some(PairingCode { code, expires_at }).filter(|code| code.expires_at > self.now()))
    }
}
