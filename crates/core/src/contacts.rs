//! Looking numbers up on the network.

use switchboard_model::{Phone, SessionId};

use crate::{Caller, Core, Error, caller::Scope, engine::NumberStatus};

/// The network is asked about so many at once at most.
const MOST: usize = 100;

impl Core {
    /// Which of these numbers have an account, asked through a session that is connected.
    pub async fn check_numbers(
        &self,
        caller: &Caller,
        id: &SessionId,
        phones: Vec<Phone>,
    ) -> Result<Vec<NumberStatus>, Error> {
        let (_, link) = self.reach(caller, id, Scope::Send).await?;
        if phones.is_empty() || phones.len() > MOST {
            return Err(Error::invalid("numbers", format!("1 to {MOST} can be asked about at once")));
        }
        Ok(link.check_numbers(&phones).await?)
    }
}
