//! People who are to be in a group: those who have no account are refused before anything is done.

use std::sync::Arc;

use switchboard_model::{Jid, Phone};

use crate::{Error, engine::Link};

/// The network takes no more at once.
const MOST: usize = 256;

pub(super) async fn check(link: &Arc<dyn Link>, people: &[Jid]) -> Result<(), Error> {
    check_shape(people)?;
    let phones: Vec<Phone> = people.iter().filter_map(|jid| jid.phone().cloned()).collect();
    if phones.is_empty() {
        return Ok(());
    }
    let found = link.check_numbers(&phones).await?;
    match found.iter().find(|status| !status.on_whatsapp) {
        Some(missing) => Err(Error::invalid("participants", format!("{} is not on WhatsApp", missing.phone))),
        None => Ok(()),
    }
}

pub(super) fn check_shape(people: &[Jid]) -> Result<(), Error> {
    if people.len() > MOST {
        return Err(Error::invalid("participants", format!("are {}, at most {MOST} can be named", people.len())));
    }
    match people.iter().find(|jid| !matches!(jid, Jid::Phone(_) | Jid::Lid(_))) {
        Some(other) => Err(Error::invalid("participants", format!("{other} is not a person"))),
        None => Ok(()),
    }
}
