//! What a hand-over would bring along, told without handing anything over.

use std::collections::BTreeMap;

use serde_json::Value;
use switchboard_model::SessionId;

use super::{Contents, claim::not_linked};
use crate::{Caller, Core, Error, engine::Form};

impl Core {
    /// What is stored now, by kind. For those who may have the session handed over.
    pub async fn look_over(&self, caller: &Caller, id: &SessionId, form: Form) -> Result<Contents, Error> {
        let session = self.bot(caller, id).await?;
        if !session.linked {
            return Err(not_linked(id));
        }
        let exported = self.export(self.state_rows(id).await?, form).await?;
        let phone = session.phone.as_ref().map(ToString::to_string);
        Ok(Contents { phone, records: counted(&exported.state), warnings: exported.warnings })
    }
}

impl super::Handed {
    /// How many records of each kind came along.
    #[must_use]
    pub fn records(&self) -> BTreeMap<String, usize> {
        counted(&self.state)
    }
}

/// The credentials are one record, whatever is in them.
fn counted(state: &Value) -> BTreeMap<String, usize> {
    let keys = state["keys"].as_object().into_iter().flatten();
    let kinds = keys.map(|(kind, table)| (kind.clone(), table.as_object().map_or(0, serde_json::Map::len)));
    kinds.chain([("creds".to_owned(), 1)]).collect()
}
