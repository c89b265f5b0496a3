//! Supabase: rows upserted through its REST interface, into the tables of `docs/supabase.sql`.

use async_trait::async_trait;
use bytes::Bytes;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use switchboard_egress::{self as egress, Egress, HeaderMap, HeaderValue, Method, Request};
use switchboard_model::{Event, EventBody, SessionState};

use super::{Record, Sink, SinkError};

const EVENTS: &str = "switchboard_events";
const SESSIONS: &str = "switchboard_sessions";
/// Read from an answer, to say what the server did not like.
const EXCERPT: usize = 512;

/// Upserts every event, and what it tells of its session. A row has its event's id as key, so a repetition changes nothing.
pub struct Supabase {
    egress: Egress,
    url: String,
    key: SecretString,
}

impl Supabase {
    #[must_use]
    pub fn new(egress: Egress, url: &str, key: SecretString) -> Self {
        Self { egress, url: url.trim_end_matches('/').to_owned(), key }
    }

    async fn upsert(&self, table: &str, key: &str, rows: &[Value]) -> Result<(), SinkError> {
        let body = serde_json::to_vec(rows).map_err(SinkError::refused)?;
        let url = format!("{}/rest/v1/{table}?on_conflict={key}", self.url);
        let prefer = HeaderValue::from_static("resolution=merge-duplicates,return=minimal");
        let mut headers = self.headers()?;
        headers.insert("prefer", prefer);
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let body = egress::Body::Bytes(Bytes::from(body));
        self.ask(Request { headers, body, ..Request::new(Method::POST, url) }).await
    }

    async fn ask(&self, request: Request) -> Result<(), SinkError> {
        let response = self.egress.send(request).await.map_err(told)?;
        let status = response.status;
        let said = response.excerpt(EXCERPT).await;
        if status.is_success() {
            return Ok(());
        }
        let complaint = complaint(status.as_u16(), &said);
        Err(if is_unfit(status.as_u16(), &said) { SinkError::unfit(complaint) } else { told(complaint) })
    }

    fn headers(&self) -> Result<HeaderMap, SinkError> {
        let fault = |_| SinkError::unusable("SUPABASE_SERVICE_ROLE_KEY has characters that no key has");
        let key = self.key.expose_secret();
        let secret = |text: &str| {
            let mut value = HeaderValue::from_str(text).map_err(fault)?;
            value.set_sensitive(true);
            Ok(value)
        };
        let mut headers = HeaderMap::new();
        headers.insert("apikey", secret(key)?);
        headers.insert("authorization", secret(&format!("Bearer {key}"))?);
        Ok(headers)
    }
}

#[async_trait]
impl Sink for Supabase {
    async fn publish(&mut self, batch: &[Record]) -> Result<(), SinkError> {
        let events = batch.iter().map(event_row).collect::<Result<Vec<_>, _>>()?;
        self.upsert(EVENTS, "id", &events).await?;
        for rows in session_rows(batch) {
            self.upsert(SESSIONS, "id", &rows).await?;
        }
        Ok(())
    }

    async fn check(&mut self) -> Result<(), SinkError> {
        let url = format!("{}/rest/v1/{EVENTS}?select=id&limit=1", self.url);
        let headers = self.headers()?;
        self.ask(Request { headers, ..Request::new(Method::GET, url) }).await
    }
}

fn event_row(record: &Record) -> Result<Value, SinkError> {
    let Event { position, id, session, seq, at, body } = &record.event;
    let mut said: Value = serde_json::from_slice(&record.body).map_err(SinkError::refused)?;
    without_nul(&mut said);
    Ok(json!({
        "id": id.0, "position": position, "session_id": session, "seq": seq, "type": body.kind(), "at": at,
        "event": said,
    }))
}

/// What the batch tells of sessions, in order. All rows of a request have the same columns, because a column that is
/// missing in one would be emptied: so a request for each run of rows with the same columns, with one row a session.
fn session_rows(batch: &[Record]) -> Vec<Vec<Value>> {
    let mut requests: Vec<(Vec<String>, Vec<Value>)> = Vec::new();
    for record in batch {
        let Some(row) = session_row(&record.event) else { continue };
        let columns: Vec<String> = row.keys().cloned().collect();
        let (id, row) = (row["id"].clone(), Value::Object(row));
        match requests.last_mut().filter(|(known, _)| *known == columns) {
            Some((_, rows)) => {
                rows.retain(|other| other["id"] != id);
                rows.push(row);
            }
            None => requests.push((columns, vec![row])),
        }
    }
    requests.into_iter().map(|(_, rows)| rows).collect()
}

fn session_row(event: &Event) -> Option<Map<String, Value>> {
    let told = match &event.body {
        // An id may have had a session before: nothing of that one stays.
        EventBody::SessionCreated { name } => json!({
            "name": name.replace('\0', "\u{fffd}"), "deleted": false,
            "state": SessionState::Created.word(), "phone": null, "jid": null,
        }),
        EventBody::SessionStateChanged(state) => json!({ "state": state.word() }),
        EventBody::SessionPaired { account } => json!({ "phone": account.pn, "jid": account.jid }),
        EventBody::SessionDeleted {} => json!({ "state": "deleted", "deleted": true }),
        _ => return None,
    };
    let Value::Object(mut row) = told else { return None };
    row.insert("id".to_owned(), json!(event.session));
    row.insert("updated_at".to_owned(), json!(event.at));
    Some(row)
}

/// PostgreSQL has no NUL in text; one character must not hold up all events behind it.
fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(items) => items.iter_mut().for_each(without_nul),
        Value::Object(fields) => fields.values_mut().for_each(without_nul),
        _ => {}
    }
}

/// PostgREST says `{"message": ...}`; its `details` may repeat the row and are left out.
fn complaint(status: u16, said: &[u8]) -> String {
    let message =
        serde_json::from_slice::<Value>(said).ok().and_then(|said| said["message"].as_str().map(str::to_owned));
    let advice = if status == 404 { " (are the tables of docs/supabase.sql there?)" } else { "" };
    format!("HTTP {status}{}{advice}", message.map(|message| format!(": {message}")).unwrap_or_default())
}

/// Whether it is the rows that are wrong, and not the tables, the key or the server: too large, or data that the columns
/// cannot hold (SQLSTATE class 22, or 54 for the limits of the database).
fn is_unfit(status: u16, said: &[u8]) -> bool {
    let code = serde_json::from_slice::<Value>(said).ok().and_then(|said| said["code"].as_str().map(str::to_owned));
    let of_data = |code: String| code.len() == 5 && (code.starts_with("22") || code.starts_with("54"));
    status == 413 || (status == 400 && code.is_some_and(of_data))
}

fn told(error: impl std::fmt::Display) -> SinkError {
    SinkError::refused(format!("the server of SUPABASE_URL does not take events: {error}"))
}

#[cfg(test)]
mod tests {
    use switchboard_model::{EventId, Timestamp};

    use super::*;

    fn row(body: EventBody) -> Map<String, Value> {
        let session = "sales".parse().unwrap();
        let at = Timestamp::from_secs(1_643_723_401);
        session_row(&Event { position: 7, id: EventId("e".to_owned()), session, seq: 3, at, body }).unwrap()
    }

    #[test]
    fn rows_are_wrong_only_where_the_server_says_so() {
        assert!(is_unfit(413, b"<html>"));
        assert!(is_unfit(400, br#"{"code":"22P05","message":"unsupported Unicode escape sequence"}"#));
        assert!(is_unfit(400, br#"{"code":"54000","message":"index row size exceeds"}"#));
        // A column is missing, the key is wrong, the tables are not there, the server is away.
        assert!(!is_unfit(400, br#"{"code":"PGRST204","message":"Could not find the column"}"#));
        for (status, said) in
            [(401, "{}"), (404, r#"{"code":"42P01"}"#), (503, ""), (400, ""), (500, r#"{"code":"22P05"}"#)]
        {
            assert!(!is_unfit(status, said.as_bytes()), "{status} {said}");
        }
    }

    #[test]
    fn a_session_made_anew_keeps_nothing_of_the_one_before_it() {
        let account = json!({ "jid": "1234567890@s.whatsapp.net", "pn": "1234567890" });
        let mut kept = row(EventBody::SessionPaired { account: serde_json::from_value(account).unwrap() });
        kept.extend(row(EventBody::SessionStateChanged(SessionState::Connected { catching_up: false })));
        kept.extend(row(EventBody::SessionDeleted {}));
        kept.extend(row(EventBody::SessionCreated { name: "Sales".to_owned() }));
        assert_eq!((&kept["state"], &kept["deleted"]), (&json!("created"), &json!(false)));
        assert_eq!((&kept["phone"], &kept["jid"]), (&Value::Null, &Value::Null));
    }
}
