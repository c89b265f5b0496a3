//! `w:mex`: questions in GraphQL. A number says which one it is; its words stay with the network.

use serde_json::{Value, json};
use wacore_binary::Node;

use super::iq::{Answer, BAD_REQUEST, NOT_IMPLEMENTED, Refusal};
use super::{Who, community_queries, newsletter_queries};
use crate::domain::World;
use crate::stanza::{Stanza as _, leaf};

pub(super) fn handle(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let asked = iq.first().ok_or(BAD_REQUEST)?;
    let query = asked.text("query_id").unwrap_or_default();
    let given: Value = serde_json::from_slice(asked.bytes()).map_err(|_| BAD_REQUEST)?;
    let Some(told) = answer(world, who, &query, &given["variables"]) else {
        world.count_unhandled(format!("<iq xmlns=w:mex><query query_id={query}>"));
        return Err(NOT_IMPLEMENTED);
    };
    let told = told.map_or_else(|refusal| refused(&refusal), |data| json!({ "data": data }));
    Ok(vec![leaf("result", told.to_string())])
}

fn answer(world: &mut World, who: &Who, query: &str, given: &Value) -> Option<Result<Value, Refusal>> {
    match community_queries::answer(world, who, query, given) {
        Some(told) => Some(told.map_err(Refusal::from)),
        None => newsletter_queries::answer(world, who, query, given),
    }
}

/// Here a refusal is an answer like others.
fn refused(Refusal { code, text }: &Refusal) -> Value {
    let extensions = json!({ "error_code": code, "is_retryable": false, "severity": "CRITICAL" });
    json!({ "data": null, "errors": [{ "message": text, "extensions": extensions }] })
}
