//! Which events, from where on.

use serde::Deserialize;
use switchboard_core::{Error, EventQuery};
use switchboard_model::SessionIdError;
use utoipa::IntoParams;

const MOST_TYPES: usize = 64;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The cursor to read on from. Without it a list begins with the oldest event, a stream with the next one.
    after: Option<String>,
    /// At most so many at once: 100 by default, 1000 at most.
    limit: Option<u64>,
    /// Only these types, with commas between, such as `message.received,session.state`.
    types: Option<String>,
    /// Only this session.
    session: Option<String>,
    /// Seconds to wait for the first event: 0 by default, 60 at most.
    pub(super) wait: Option<u64>,
}

impl Wanted {
    /// The cursor, if there is one.
    pub(super) fn after(&self) -> Result<Option<i64>, Error> {
        self.after.as_deref().map(|text| position("after", text)).transpose()
    }

    pub(super) fn query(&self) -> Result<EventQuery, Error> {
        let session =
            |id: &String| id.parse().map_err(|error: SessionIdError| Error::invalid("session", error.to_string()));
        Ok(EventQuery {
            session: self.session.as_ref().map(session).transpose()?,
            kinds: self.types.as_deref().map(kinds).transpose()?,
            limit: self.limit,
        })
    }
}

pub(super) fn position(field: &str, text: &str) -> Result<i64, Error> {
    let position = text.parse().ok().filter(|position| *position >= 0);
    position.ok_or_else(|| Error::invalid(field, "is not a cursor: use the `position` of an event or a `next_cursor`"))
}

fn kinds(list: &str) -> Result<Vec<String>, Error> {
    let is_kind = |word: &&str| {
        (1..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b))
    };
    let words: Vec<_> = list.split(',').map(str::trim).collect();
    if words.len() > MOST_TYPES || !words.iter().all(is_kind) {
        return Err(Error::invalid("types", "name types such as message.received, with commas between"));
    }
    Ok(words.into_iter().map(str::to_owned).collect())
}
