//! Call blocking on the simulated network with the real engine, step by step as its document tells it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "the test asks the simulated network over HTTP of its own")]

mod bench;

use std::time::Duration;

use bench::{ANNA, BEN, Bench};
use switchboard_core::{BlockContact, CallBlockingChange, CallQuery, Caller};
use switchboard_model::CallStatus;

const AT_ONCE: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn the_call_flow_of_the_document() {
    let bench = Bench::start().await;
    let reply = "Please write instead.";
    bench
        .set(CallBlockingChange {
            enabled: Some(true),
            daily_limit: Some(2),
            auto_reply_message: Some(Some(reply.to_owned())),
            ..CallBlockingChange::default()
        })
        .await;

    // Logged and counted: the first two ring.
    let first = bench.calls(BEN, true).await;
    let logged = bench.logged(&first).await;
    assert!(logged.call.video && !logged.call.group);
    assert_eq!(logged.call.from.pn.unwrap().digits(), BEN);
    assert!(logged.call.from.lid.is_some(), "known by both names");
    bench.hangs_up(BEN, &first).await;
    bench.until(&first, CallStatus::Missed).await;
    let second = bench.calls(BEN, false).await;
    bench.logged(&second).await;
    assert_eq!(bench.phone_says(BEN, &second).await, "ringing");
    bench.phone_answers(&second).await;
    bench.until(&second, CallStatus::Accepted).await;
    bench.hangs_up(BEN, &second).await;

    // The third is over the limit: rejected, replied to, and blocks.
    let third = bench.calls(BEN, false).await;
    bench.until_phone_says(BEN, &third, "rejected").await;
    bench.until_reply(BEN, reply, 1).await;
    assert!(bench.logged(&third).await.reply_sent);
    let blocked = bench.core.blocked_contacts(&Caller::System, &bench.id, None, None).await.unwrap().contacts;
    assert_eq!(blocked.len(), 1);
    assert!(blocked[0].contact.pn.is_some() && blocked[0].contact.lid.is_some() && blocked[0].expires_at.is_some());

    // A blocked caller is rejected within half a second of the offer, and told again.
    let placed = tokio::time::Instant::now();
    let fourth = bench.calls(BEN, true).await;
    bench.until_phone_says(BEN, &fourth, "rejected").await;
    assert!(placed.elapsed() < AT_ONCE, "it took {:?}", placed.elapsed());
    bench.until_reply(BEN, reply, 2).await;

    // Others still get through.
    let other = bench.calls("15550000003", false).await;
    bench.logged(&other).await;
    assert_eq!(bench.phone_says("15550000003", &other).await, "ringing");

    // The block runs out, and so do the calls of yesterday.
    bench.later(Duration::from_secs(25 * 3600));
    assert_eq!(bench.core.cleanup_blocks(&Caller::System).await.unwrap(), 1);
    let fifth = bench.calls(BEN, false).await;
    bench.logged(&fifth).await;
    assert_eq!(bench.phone_says(BEN, &fifth).await, "ringing");

    // Blocked by hand, also on the network: it rings in vain. Unblocked, it rings again.
    bench.set(CallBlockingChange { also_block_on_whatsapp: Some(true), ..CallBlockingChange::default() }).await;
    let order = BlockContact { contact: BEN.parse().unwrap(), reason: None, block_type: None, duration_hours: None };
    bench.core.block_contact(&Caller::System, &bench.id, order).await.unwrap();
    bench.until_network_blocks(true).await;
    bench.core.unblock_contact(&Caller::System, &bench.id, BEN).await.unwrap();
    bench.until_network_blocks(false).await;
    let sixth = bench.calls(BEN, false).await;
    bench.logged(&sixth).await;

    let stats = bench.core.call_stats(&Caller::System, &bench.id).await.unwrap();
    let busiest = stats.top_callers[0].from.pn.clone().unwrap();
    assert!(stats.rejected >= 2, "{}", stats.rejected);
    assert_eq!((stats.unique_callers, busiest.digits()), (2, BEN));
    let from_ben = CallQuery { from: Some(BEN.parse().unwrap()), ..CallQuery::default() };
    assert!(bench.core.calls(&Caller::System, &bench.id, from_ben).await.unwrap().calls.len() >= 6);
    assert_eq!(bench.get("/unhandled").await["unhandled"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_missed_while_away_is_logged_on_return() {
    let bench = Bench::start().await;
    bench.core.disconnect(&Caller::System, &bench.id).await.unwrap();
    let call = bench.calls(BEN, false).await;
    bench.hangs_up(BEN, &call).await;
    bench.connect().await;
    bench.until(&call, CallStatus::Missed).await;
    bench.until_queue_is_empty(ANNA).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_group_is_told_as_one() {
    let bench = Bench::start().await;
    let call = bench.tells_of_a_group_call(BEN).await;
    let logged = bench.logged(&call).await;
    assert!(logged.call.group && logged.call.video, "{:?}", logged.call);
}
