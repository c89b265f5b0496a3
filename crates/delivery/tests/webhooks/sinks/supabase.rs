//! Supabase as its REST interface is recorded: what PostgREST takes, and what it answers when it does not.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

use serde_json::Value;
use switchboard_delivery::sinks::Supabase;
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{EventBody, SessionState};

use super::{Bench, SinkState, failing};
use crate::receiver::{Receiver, Seen, accepted};

fn sink(address: SocketAddr) -> Supabase {
    let egress = Egress::new(EgressPolicy::with_loopback()).unwrap();
    Supabase::new(egress, &format!("http://{address}/"), "hush-key".to_owned().into())
}

/// The rows of a table, merged by key as the interface does it.
fn table(seen: &[Seen], name: &str) -> BTreeMap<String, Value> {
    let mut rows: BTreeMap<String, Value> = BTreeMap::new();
    for seen in accepted(seen).filter(|seen| seen.path == format!("/rest/v1/{name}") && !seen.body.is_empty()) {
        assert_eq!(seen.headers["prefer"], "resolution=merge-duplicates,return=minimal");
        assert_eq!(
            (&seen.headers["apikey"], &seen.headers["authorization"]),
            (&"hush-key".parse().unwrap(), &"Bearer hush-key".parse().unwrap())
        );
        let Value::Array(sent) = seen.json() else { panic!("not rows") };
        let columns: Vec<_> = sent[0].as_object().unwrap().keys().cloned().collect();
        for row in sent {
            assert!(row.as_object().unwrap().keys().eq(&columns), "all rows of a request have the same columns");
            let known = rows.entry(row["id"].as_str().unwrap().to_owned()).or_insert_with(|| serde_json::json!({}));
            for (column, value) in row.as_object().unwrap() {
                known[column] = value.clone();
            }
        }
    }
    rows
}

/// As they first came.
fn ids(seen: &[Seen]) -> Vec<String> {
    let mut ids = table(seen, "switchboard_events").into_iter().collect::<Vec<_>>();
    ids.sort_by_key(|(_, row)| row["position"].as_i64());
    ids.into_iter().map(|(id, _)| id).collect()
}

#[tokio::test]
async fn supabase_gets_every_event_over_refusals_and_restarts() {
    let mood = Arc::new(AtomicU16::new(200));
    let script = |mood: Arc<AtomicU16>| move |_: &Seen| mood.load(Ordering::SeqCst).into();
    let receiver = Receiver::start(script(mood.clone()));
    let (address, mut bench) = (receiver.address, Bench::open().await);
    bench.emit(50).await;
    bench.follow(sink(address));
    bench.all_arrived(|| async { ids(&receiver.seen()) }).await;
    for refusal in [503, 401, 404] {
        mood.store(refusal, Ordering::SeqCst);
        bench.emit(100).await;
        let SinkState::Failing(why) = bench.until(failing).await else { unreachable!() };
        assert!(why.contains(&format!("HTTP {refusal}")) && !why.contains("hush"), "{why}");
        mood.store(200, Ordering::SeqCst);
        bench.until(|state| *state == SinkState::Well).await;
    }
    bench.all_arrived(|| async { ids(&receiver.seen()) }).await;
    let before = receiver.seen();
    drop(receiver);
    bench.emit(100).await;
    bench.until(failing).await;
    let receiver = Receiver::start_on(address, script(mood));
    bench.all_arrived(|| async { ids(&[before.clone(), receiver.seen()].concat()) }).await;
    bench.stop().await;
}

#[tokio::test]
async fn rows_say_what_the_events_and_the_sessions_are() {
    let (receiver, mut bench) = (Receiver::start(|_| 200.into()), Bench::open().await);
    let account =
        serde_json::from_value(serde_json::json!({"jid": "1234567890@s.whatsapp.net", "pn": "1234567890"})).unwrap();
    let bodies = vec![
        EventBody::SessionPaired { account },
        EventBody::SessionStateChanged(SessionState::Connected { catching_up: true }),
        EventBody::SessionStateChanged(SessionState::Disconnected {
            reason: "a \0 character".to_owned(),
            retry_at: None,
        }),
    ];
    bench.core.append_events(&bench.session, bodies).await.unwrap();
    bench.follow(sink(receiver.address));
    bench.all_arrived(|| async { ids(&receiver.seen()) }).await;
    bench.stop().await;
    let seen = receiver.seen();
    let events: Vec<_> = table(&seen, "switchboard_events").into_values().collect();
    let last = events.iter().max_by_key(|row| row["position"].as_i64()).unwrap();
    assert_eq!((&last["session_id"], &last["type"]), (&"sales".into(), &"session.state".into()));
    assert_eq!(last["event"]["data"]["reason"], "a \u{fffd} character", "PostgreSQL has no NUL in text");
    let sessions = table(&seen, "switchboard_sessions");
    let session = &sessions["sales"];
    assert_eq!((&session["state"], &session["phone"]), (&"disconnected".into(), &"1234567890".into()), "{session}");
    assert_eq!((&session["deleted"], &session["updated_at"]), (&false.into(), &last["at"]), "{session}");
}
