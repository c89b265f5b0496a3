//! Finding a person by either of the two names the network has for it, without storing one in the clear.

use sea_orm::sea_query::{Cond, Expr, ExprTrait};
use switchboard_model::{Party, SessionId};

use crate::{
    Conn, StoreError,
    vault::{Scope, blind_index},
};

/// The blind indexes of a person's phone number and LID, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContactIndex {
    pub(crate) pn: Option<String>,
    pub(crate) lid: Option<String>,
}

impl ContactIndex {
    pub(crate) async fn of(db: &impl Conn, session: &SessionId, contact: &Party) -> Result<Self, StoreError> {
        let scope = Scope::Session(session);
        let mut found = Self::default();
        if let Some(pn) = &contact.pn {
            found.pn = Some(blind_index(db, scope, "phone", pn.digits()).await?);
        }
        if let Some(lid) = &contact.lid {
            found.lid = Some(blind_index(db, scope, "lid", &lid.to_string()).await?);
        }
        Ok(found)
    }

    /// Rows that know the person by either name; nobody's if neither is known.
    pub(crate) fn matches(&self) -> Cond {
        let either = Cond::any()
            .add_option(self.pn.as_ref().map(|pn| Expr::col("pn_ix").eq(pn.as_str())))
            .add_option(self.lid.as_ref().map(|lid| Expr::col("lid_ix").eq(lid.as_str())));
        if either.is_empty() { Cond::all().add(Expr::val(1i64).eq(0i64)) } else { either }
    }
}
