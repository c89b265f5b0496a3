//! What was sent lately, for a device that could not read it and asks again.

use std::sync::Arc;

use super::{
    SessionStore,
    error::{Result, damaged},
    key,
    writing::Dated,
};

const SENT: &str = "sent";

impl SessionStore {
    pub(super) async fn store_sent(&self, chat: &str, id: &str, payload: &[u8]) -> Result<()> {
        self.put_dated(SENT, vec![self.stamped(key(&format!("{chat}/{id}")), payload)]).await
    }

    /// Gives a message out once: the engine stores it again when it may be asked for once more.
    pub(super) async fn take_sent(&self, chat: &str, id: &str) -> Result<Option<Vec<u8>>> {
        let id = Arc::new(key(&format!("{chat}/{id}")));
        let taken = self
            .write(move |mut w| {
                let id = Arc::clone(&id);
                Box::pin(async move {
                    let found = w.get(SENT, &id).await?;
                    w.delete(SENT, &[id.to_string()]).await?;
                    Ok(found)
                })
            })
            .await?;
        taken.map(|bytes| Ok(split_stamp(&bytes).ok_or_else(|| damaged("sent message"))?.1.to_vec())).transpose()
    }

    pub(super) async fn expire_sent(&self, cutoff: i64) -> Result<u32> {
        self.expire_stamped(SENT, cutoff).await
    }

    /// Deletes the rows under a name whose stamp lies before the cutoff.
    pub(super) async fn expire_stamped(&self, name: &'static str, cutoff: i64) -> Result<u32> {
        self.expire(name, cutoff, |bytes| split_stamp(bytes).map_or(i64::MIN, |(at, _)| at)).await
    }

    /// The payload behind the second at which it was stored.
    pub(super) fn stamped(&self, id: String, payload: &[u8]) -> Dated {
        let now = self.clock.now().secs();
        (id, [&now.to_be_bytes(), payload].concat(), now)
    }
}

pub(super) fn split_stamp(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (stamp, payload) = bytes.split_first_chunk::<8>()?;
    Some((i64::from_be_bytes(*stamp), payload))
}
