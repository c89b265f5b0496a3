//! Who did what. Each entry is written in the transaction of the change it tells of.

use switchboard_model::Timestamp;
use switchboard_store::audit::{self, AuditRow, NewAudit};

use crate::{Caller, Core, Error, paging};

/// One entry of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: String,
    pub at: Timestamp,
    /// Such as `user:1`, `key:<id>`, `service`, `system`.
    pub actor: String,
    /// Such as `key.revoke`.
    pub action: String,
    pub target: String,
    pub detail: String,
}

impl Core {
    /// A page of the trail, newest first, older than the entry `before`.
    pub async fn audit_trail(
        &self,
        caller: &Caller,
        before: Option<&str>,
        limit: Option<u64>,
    ) -> Result<Vec<AuditEntry>, Error> {
        caller.require_admin()?;
        let limit = paging::size(limit);
        let rows = audit::list(self.store().reader(), before, limit).await?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }

    /// An entry about `target`, for the change's own transaction. Never put a secret or a message's text into it.
    pub(crate) fn audit(&self, caller: &Caller, action: &'static str, target: impl Into<String>) -> NewAudit {
        let (at, actor) = (self.now(), caller.actor());
        NewAudit { at, actor, action, target: target.into(), detail: String::new() }
    }
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        let AuditRow { id, at, actor, action, target, detail } = row;
        Self { id, at, actor, action, target, detail }
    }
}
