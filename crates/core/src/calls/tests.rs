//! Calls on the fake engine and a real store, with a clock that the test moves.

use std::{sync::Arc, time::Duration};

use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{
    BlockType, BlockedContact, CallStatus, Clock, EventBody, ManualClock, Origin, Party, SessionId, Timestamp,
    Unblocked,
};
use switchboard_store::Store;

use super::{BlockContact, CallBlockingChange, CallQuery};
use crate::{
    Caller, Core, CreateSession, Pair, Parts, Settings,
    engine::{
        CallFact, Fact,
        fake::{FakeEngine, FakeLink, FakeSession},
    },
    messages::Pacing,
};

const SOON: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

struct House {
    core: Core,
    clock: Arc<ManualClock>,
    id: SessionId,
    session: Arc<FakeSession>,
    link: Arc<FakeLink>,
}

impl House {
    async fn new() -> Self {
        let (engine, clock) = (FakeEngine::new(), Arc::new(ManualClock::default()));
        let core = Core::new(Parts {
            store: Store::in_memory().await.expect("store"),
            clock: clock.clone(),
            egress: Egress::new(EgressPolicy::default()).expect("egress"),
            engine: Arc::new(engine.clone()),
            settings: Settings { pacing: Pacing::NONE, ..Settings::default() },
        });
        crate::testing::ensure_admin(&core).await;
        let id: SessionId = "bot".parse().expect("id");
        let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::Native };
        core.create_session(&Caller::System, order).await.expect("created");
        core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
        let session = engine.session(&id);
        let link = session.link().await;
        link.pair(&"6281100000001".parse().expect("phone"), &"100001".parse().expect("lid"));
        Self { core, clock, id, session, link }
    }

    async fn set(&self, change: CallBlockingChange) {
        self.core.change_call_blocking(&Caller::System, &self.id, change).await.expect("changed");
    }

    async fn guarded(limit: u32) -> Self {
        let house = Self::new().await;
        house.set(CallBlockingChange { enabled: Some(true), daily_limit: Some(limit), ..Default::default() }).await;
        house
    }

    /// Rings, and waits until the call is logged.
    async fn ring(&self, id: &str, from: &Party) {
        self.clock.advance(Duration::from_millis(1));
        self.link.call(id, from.clone(), self.clock.now());
        self.until(|body| matches!(body, EventBody::CallReceived(call) if call.id == id)).await;
    }

    async fn until(&self, wanted: impl Fn(&EventBody) -> bool) -> EventBody {
        crate::testing::event(&self.core, &self.id, wanted).await
    }

    async fn rejected(&self, count: usize) -> Vec<String> {
        tokio::time::timeout(SOON, self.session.rejected_at_least(count)).await.expect("calls are declined")
    }

    async fn status(&self, id: &str) -> (CallStatus, bool) {
        let page = self.core.calls(&Caller::System, &self.id, CallQuery::default()).await.expect("calls");
        let view = page.calls.into_iter().find(|view| view.call.id == id).expect("logged");
        (view.status, view.reply_sent)
    }

    async fn blocks(&self) -> Vec<BlockedContact> {
        self.core.blocked_contacts(&Caller::System, &self.id, None, None).await.expect("blocks").contacts
    }

    async fn blocked(&self) -> Vec<Party> {
        self.blocks().await.into_iter().map(|block| block.contact).collect()
    }

    /// For good; tells whether it is the contact's first block.
    async fn block(&self, contact: &str, reason: Option<&str>) -> (BlockedContact, bool) {
        let order = BlockContact {
            contact: contact.parse().expect("an address"),
            reason: reason.map(str::to_owned),
            block_type: Some(BlockType::Permanent),
            duration_hours: None,
        };
        self.core.block_contact(&Caller::System, &self.id, order).await.expect("blocked")
    }
}

fn caller() -> Party {
    both("6281300000009", "900009")
}

fn both(pn: &str, lid: &str) -> Party {
    Party::person(pn.parse().ok(), lid.parse().ok()).expect("a person")
}

#[tokio::test]
async fn turned_off_calls_are_logged_only() {
    let house = House::new().await;
    for id in ["1", "2", "3", "4", "5"] {
        house.ring(id, &caller()).await;
    }
    house.link.report(Fact::Call(CallFact::Changed {
        id: "5".to_owned(),
        status: CallStatus::Ended,
        elsewhere: false,
    }));
    house.until(|body| matches!(body, EventBody::CallEnded { id, .. } if id == "5")).await;
    assert_eq!(house.status("5").await, (CallStatus::Missed, false));
    assert_eq!(house.status("4").await, (CallStatus::Ringing, false));
    assert!(house.session.rejected().is_empty());
    let stats = house.core.call_stats(&Caller::System, &house.id).await.unwrap();
    assert_eq!((stats.total, stats.today, stats.rejected, stats.unique_callers), (5, 5, 0, 1));
}

#[tokio::test]
async fn the_call_over_the_limit_is_rejected_replied_to_and_blocks() {
    let house = House::guarded(2).await;
    for id in ["1", "2", "3"] {
        house.ring(id, &caller()).await;
    }
    assert_eq!(house.rejected(1).await, ["3"]);
    assert_eq!(house.status("3").await, (CallStatus::Rejected, true));
    assert_eq!(house.status("2").await, (CallStatus::Ringing, false));
    assert_eq!(house.blocked().await, [caller()]);
    let sent = tokio::time::timeout(SOON, house.session.sent_at_least(1)).await.expect("a reply");
    assert_eq!(sent[0].chat, caller().jid);

    // From now on every call.
    house.ring("4", &caller()).await;
    assert_eq!(house.rejected(2).await, ["3", "4"]);
    let other = both("6281300000010", "900010");
    house.ring("5", &other).await;
    house.ring("6", &caller()).await;
    assert_eq!(house.rejected(3).await, ["3", "4", "6"], "others call as before");
}

#[tokio::test]
async fn a_caller_by_phone_and_by_hidden_id_is_one() {
    let house = House::guarded(2).await;
    let (pn, lid) = (caller().pn, caller().lid);
    house.ring("1", &Party::person(pn, None).unwrap()).await;
    house.ring("2", &caller()).await;
    house.ring("3", &Party::person(None, lid.clone()).unwrap()).await;
    // Of the two names this call shows one only, which the first call did not have.
    house.ring("4", &caller()).await;
    house.rejected(1).await;
    house.ring("5", &Party::person(None, lid).unwrap()).await;
    house.rejected(2).await;
    assert_eq!(house.blocked().await.len(), 1);
    let stats = house.core.call_stats(&Caller::System, &house.id).await.unwrap();
    assert_eq!((stats.unique_callers, stats.top_callers[0].calls), (1, 5));
}

#[tokio::test]
async fn two_blocks_of_one_person_become_one() {
    let house = House::guarded(5).await;
    for (name, reason) in [("6281300000009", None), ("900009@lid", Some("spam"))] {
        assert!(house.block(name, reason).await.1);
    }
    assert_eq!(house.blocked().await.len(), 2);
    house.ring("1", &caller()).await;
    assert_eq!(house.rejected(1).await, ["1"]);
    let blocks = house.blocks().await;
    assert_eq!(blocks.iter().map(|block| &block.contact).collect::<Vec<_>>(), [&caller()]);
    assert_eq!(blocks[0].reason.as_deref(), Some("spam"), "which either of them knew");
    house.core.unblock_contact(&Caller::System, &house.id, "900009@lid").await.unwrap();
    assert!(house.blocked().await.is_empty());
}

#[tokio::test]
async fn a_repeated_block_keeps_its_reason_unless_another_is_given() {
    let house = House::new().await;
    for (given, stored) in [(Some("spam"), "spam"), (None, "spam"), (Some(" "), "spam"), (Some("rude"), "rude")] {
        assert_eq!(house.block("6281300000009", given).await.0.reason.as_deref(), Some(stored), "{given:?}");
        assert_eq!(house.blocks().await[0].reason.as_deref(), Some(stored), "{given:?}");
    }
}

#[tokio::test]
async fn somebody_who_has_written_is_blocked_and_unblocked_by_either_name() {
    let house = House::guarded(5).await;
    let mut message = crate::testing::inbound("A", "6281300000009", 1);
    (message.chat, message.sender) = (caller(), caller());
    house.link.deliver(vec![message]).await.unwrap();
    for (name, is_new) in [("6281300000009", true), ("900009@lid", false)] {
        assert_eq!(house.block(name, None).await.1, is_new, "{name}");
    }
    assert_eq!(house.blocked().await, [caller()]);
    house.core.unblock_contact(&Caller::System, &house.id, "900009@lid").await.unwrap();
    assert!(house.blocked().await.is_empty());
}

#[tokio::test]
async fn a_temporary_block_ends_by_the_clock() {
    let house = House::guarded(1).await;
    house.ring("1", &caller()).await;
    house.ring("2", &caller()).await;
    house.rejected(1).await;
    house.clock.advance(23 * HOUR);
    assert_eq!(house.core.cleanup_blocks(&Caller::System).await.unwrap(), 0);
    house.clock.advance(2 * HOUR);
    assert!(house.blocked().await.is_empty(), "it is over before anybody cleans up");
    assert_eq!(house.core.cleanup_blocks(&Caller::System).await.unwrap(), 1);
    assert_eq!(house.core.cleanup_blocks(&Caller::System).await.unwrap(), 0);
    let expired = |body: &EventBody| matches!(body, EventBody::ContactUnblocked { why: Unblocked::Expired, .. });
    house.until(expired).await;
    house.ring("3", &caller()).await;
    house.ring("4", &caller()).await;
    assert_eq!(house.rejected(2).await, ["2", "4"], "the old calls have left the window");
}

#[tokio::test]
async fn a_contact_unblocked_by_hand_begins_anew() {
    let house = House::guarded(1).await;
    house.ring("1", &caller()).await;
    house.ring("2", &caller()).await;
    house.rejected(1).await;
    house.core.unblock_contact(&Caller::System, &house.id, "+62 813-0000-0009").await.unwrap();
    let error = house.core.unblock_contact(&Caller::System, &house.id, "6281300000009").await.unwrap_err();
    assert_eq!(error.code(), "not_found");
    house.ring("3", &caller()).await;
    house.ring("4", &caller()).await;
    assert_eq!(house.rejected(2).await, ["2", "4"]);
}

#[tokio::test]
async fn replies_keep_their_distance() {
    let house = House::guarded(1).await;
    house.set(CallBlockingChange { auto_reply_min_interval_seconds: Some(3600), ..Default::default() }).await;
    for id in ["1", "2", "3"] {
        house.ring(id, &caller()).await;
    }
    house.rejected(2).await;
    assert_eq!((house.status("2").await.1, house.status("3").await.1), (true, false));
    house.clock.advance(HOUR);
    house.ring("4", &caller()).await;
    house.rejected(3).await;
    assert!(house.status("4").await.1);
    house.set(CallBlockingChange { auto_reply_message: Some(Some(" ".to_owned())), ..Default::default() }).await;
    house.clock.advance(HOUR);
    house.ring("5", &caller()).await;
    house.rejected(4).await;
    assert!(!house.status("5").await.1, "without a text nothing is sent");
}

#[tokio::test]
async fn a_call_told_of_again_is_one_call() {
    let house = House::guarded(1).await;
    house.ring("1", &caller()).await;
    house.link.call("1", caller(), house.clock.now());
    house.link.call("1", caller(), house.clock.now());
    house.ring("2", &caller()).await;
    assert_eq!(house.rejected(1).await, ["2"]);
    house.link.call("2", caller(), house.clock.now());
    assert_eq!(house.rejected(2).await, ["2", "2"], "perhaps the first refusal was lost");
    assert_eq!(house.core.call_stats(&Caller::System, &house.id).await.unwrap().total, 2);
    assert_eq!(house.session.sent().len(), 1, "one reply");
}

#[tokio::test]
async fn the_networks_own_list_follows() {
    let house = House::guarded(1).await;
    house.set(CallBlockingChange { also_block_on_whatsapp: Some(true), ..Default::default() }).await;
    house.ring("1", &caller()).await;
    house.ring("2", &caller()).await;
    let listed = async |count: usize| {
        let reached = async {
            while house.session.blocked().len() != count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(SOON, reached).await.expect("the list follows");
    };
    listed(1).await;
    house.core.unblock_contact(&Caller::System, &house.id, "900009@lid").await.unwrap();
    assert!(house.blocked().await.is_empty());
    listed(0).await;
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let house = House::new().await;
    let change = |change| house.core.change_call_blocking(&Caller::System, &house.id, change);
    let bad = [
        CallBlockingChange { daily_limit: Some(0), enabled: Some(true), ..Default::default() },
        CallBlockingChange { block_duration_hours: Some(0), ..Default::default() },
        CallBlockingChange { auto_reply_message: Some(Some("x".repeat(5000))), ..Default::default() },
        CallBlockingChange { auto_reply_min_interval_seconds: Some(u32::MAX), ..Default::default() },
    ];
    for bad in bad {
        assert_eq!(change(bad).await.unwrap_err().code(), "invalid");
    }
    assert!(!house.core.call_blocking(&Caller::System, &house.id).await.unwrap().enabled, "all or nothing");
    let group = BlockContact {
        contact: "120363000000000001@g.us".parse().unwrap(),
        reason: None,
        block_type: None,
        duration_hours: None,
    };
    let error = house.core.block_contact(&Caller::System, &house.id, group).await.unwrap_err();
    assert_eq!(error.code(), "invalid");
}

#[tokio::test]
async fn a_call_is_declined_by_hand_once() {
    let house = House::new().await;
    house.ring("1", &caller()).await;
    let view = house.core.reject_call(&Caller::System, &house.id, "1").await.unwrap();
    assert_eq!((view.status, house.session.rejected()), (CallStatus::Rejected, vec!["1".to_owned()]));
    assert_eq!(house.core.reject_call(&Caller::System, &house.id, "1").await.unwrap_err().code(), "conflict");
    assert_eq!(house.core.reject_call(&Caller::System, &house.id, "2").await.unwrap_err().code(), "not_found");
}

#[tokio::test]
async fn a_call_whose_end_is_not_told_ends_all_the_same() {
    let house = House::new().await;
    house.ring("1", &caller()).await;
    house.clock.advance(Duration::from_secs(600));
    house.core.end_silent_calls().await.unwrap();
    assert_eq!(house.status("1").await.0, CallStatus::Missed);
    let old = CallQuery { since: Some(Timestamp::from_secs(i64::MAX / 2000)), ..CallQuery::default() };
    assert!(house.core.calls(&Caller::System, &house.id, old).await.unwrap().calls.is_empty());
}
