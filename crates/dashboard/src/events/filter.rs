//! Which events somebody wants to see.

use serde::Deserialize;
use switchboard_api::http::Failure;
use switchboard_core::EventQuery;
use switchboard_model::EventBody;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) session: String,
    /// A kind, or a family of them.
    #[serde(default)]
    pub(super) kind: String,
    /// Where the stream begins.
    pub(super) from: Option<i64>,
    /// Only what is older.
    pub(super) before: Option<i64>,
}

/// Kinds to choose from that begin with the same word.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) kinds: Vec<&'static str>,
}

impl Wanted {
    pub(super) fn query(&self) -> Result<EventQuery, Failure> {
        let id = self.session.trim();
        let session = (!id.is_empty()).then(|| id.parse().map_err(|e| Failure::invalid("session", format!("{e}"))));
        Ok(EventQuery { session: session.transpose()?, kinds: self.kinds()?, limit: None })
    }

    pub(super) fn is_narrow(&self) -> bool {
        !(self.session.trim().is_empty() && self.kind.is_empty())
    }

    fn kinds(&self) -> Result<Option<Vec<String>>, Failure> {
        if self.kind.is_empty() {
            return Ok(None);
        }
        let chosen = logged().filter(|kind| *kind == self.kind || family(kind) == self.kind);
        let chosen: Vec<_> = chosen.map(str::to_owned).collect();
        if chosen.is_empty() { Err(Failure::invalid("kind", "is no kind of event")) } else { Ok(Some(chosen)) }
    }
}

pub(super) fn families() -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for kind in logged() {
        match families.last_mut() {
            Some(last) if last.name == family(kind) => last.kinds.push(kind),
            _ => families.push(Family { name: family(kind), kinds: vec![kind] }),
        }
    }
    families
}

/// A trial of a webhook is in no log.
fn logged() -> impl Iterator<Item = &'static str> {
    EventBody::KINDS.into_iter().filter(|kind| *kind != EventBody::WebhookTest {}.kind())
}

fn family(kind: &str) -> &str {
    kind.split('.').next().unwrap_or(kind)
}
