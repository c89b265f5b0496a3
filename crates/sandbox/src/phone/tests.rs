use wacore::adv::{AdvValidation, validate_adv_with_identity_key};
use wacore::pair_code::PairCodeUtils;
use waproto::buffa::Message as _;
use waproto::whatsapp as wa;

use super::*;
use crate::domain::Namespace;
use crate::random::key_pair;

const NOW: u64 = 1_700_000_000;

fn phone(number: &str) -> Phone {
    Phone::new(number, &format!("9{number}"), "Someone", false)
}

fn device(phone: &Phone) -> DeviceAddr {
    DeviceAddr::pn(phone.number.clone(), 0)
}

/// A text from one phone as it reaches another.
fn text(from: &mut Phone, to: &mut Phone, text: &str) -> Incoming {
    let outgoing = from.compose_text(&to.jid(), text, NOW);
    seal_for(from, to, &outgoing)
}

fn seal_for(from: &mut Phone, to: &mut Phone, outgoing: &Outgoing) -> Incoming {
    let bundle = from.needs_bundle(&device(to)).then(|| to.bundle());
    let message = from.message_for(outgoing, &device(to));
    let sealed = from.seal(&device(to), bundle.as_ref(), &message).unwrap();
    Incoming {
        chat: from.jid(),
        from: device(from),
        via: Namespace::Pn,
        id: outgoing.id.clone(),
        timestamp: NOW,
        peer: false,
        enc: vec![sealed],
    }
}

fn texts(phone: &Phone) -> Vec<(String, u32)> {
    phone.messages_after(0).map(|m| (m.text.clone().unwrap_or_default(), m.copies)).collect()
}

/// The phone as it comes back from what was written down, `lines` being its chats so far.
fn reloaded(mut phone: Phone, lines: &mut Vec<u8>) -> Phone {
    lines.extend(phone.take_log_lines());
    let mut again: Phone = serde_json::from_str(&serde_json::to_string(&phone).unwrap()).unwrap();
    again.restore_log(lines);
    again
}

fn damaged(mut incoming: Incoming) -> Incoming {
    let last = incoming.enc[0].bytes.last_mut().unwrap();
    *last ^= 1;
    incoming
}

#[test]
fn two_phones_talk_both_ways_across_a_restart() {
    let (mut anna, mut ben) = (phone("1555001"), phone("1555002"));
    let (mut annas, mut bens) = (Vec::new(), Vec::new());
    for round in 0..3 {
        let hello = text(&mut anna, &mut ben, &format!("hello {round}"));
        let effects = ben.arrive(Arrival::Message(hello));
        assert!(matches!(&effects[..], [Effect::Receipt(r)] if r.kind == ReceiptKind::Delivered), "{effects:?}");
        let answer = text(&mut ben, &mut anna, "hello yourself");
        assert_eq!(answer.enc[0].kind, EncKind::Msg);
        anna.arrive(Arrival::Message(answer));
        (anna, ben) = (reloaded(anna, &mut annas), reloaded(ben, &mut bens));
    }
    assert_eq!(anna.last_seq(), 6);
    assert_eq!(ben.messages_after(4).count(), 2);
    assert_eq!(ben.messages_after(u64::MAX).count(), 0);
}

#[test]
fn one_message_sent_twice_is_shown_once_and_counted() {
    let (mut anna, mut ben) = (phone("1555001"), phone("1555002"));
    let outgoing = anna.compose_text(&ben.jid(), "once", NOW);
    let first = seal_for(&mut anna, &mut ben, &outgoing);
    let sealed_anew = seal_for(&mut anna, &mut ben, &outgoing);
    for copy in [first.clone(), sealed_anew, first] {
        ben.arrive(Arrival::Message(copy));
    }
    assert_eq!(texts(&ben), [("once".to_owned(), 3)]);
    assert_eq!(ben.troubles(), Troubles::default());
}

#[test]
fn a_sender_that_went_back_in_time_is_noticed() {
    let (mut anna, mut ben) = (phone("1555001"), phone("1555002"));
    let first = text(&mut anna, &mut ben, "the key's first use");
    let second = damaged(first.clone());
    ben.arrive(Arrival::Message(first));
    ben.arrive(Arrival::Message(second));
    assert_eq!(ben.troubles(), Troubles { undecryptable: 0, reused_keys: 1 });
    assert_eq!(texts(&ben).len(), 1, "the app takes it for a copy");
}

#[test]
fn a_damaged_message_is_asked_for_and_sent_again() {
    let (mut anna, mut ben) = (phone("1555001"), phone("1555002"));
    let broken = damaged(text(&mut anna, &mut ben, "take care"));
    let effects = ben.arrive(Arrival::Message(broken));
    assert_eq!(ben.troubles(), Troubles { undecryptable: 1, reused_keys: 0 });
    let [Effect::Retry(retry)] = &effects[..] else { panic!("{effects:?}") };
    let asked =
        RetryIn { from: device(&ben), id: retry.id.clone(), count: retry.count, keys: Some(retry.keys.clone()) };
    let effects = anna.arrive(Arrival::Retry(asked));
    let [Effect::Resend(resend)] = &effects[..] else { panic!("{effects:?}") };
    assert!(!anna.needs_bundle(&resend.to), "the keys of the receipt opened a session");
    let again = seal_for(&mut anna, &mut ben, &resend.outgoing);
    ben.arrive(Arrival::Message(again));
    assert_eq!(texts(&ben), [("take care".to_owned(), 1)]);
}

#[test]
fn a_message_that_never_opens_is_given_up() {
    let (mut anna, mut ben) = (phone("1555001"), phone("1555002"));
    let broken = damaged(text(&mut anna, &mut ben, "lost"));
    let asked = (0..20).filter(|_| !ben.arrive(Arrival::Message(broken.clone())).is_empty()).count();
    assert_eq!(asked, 5);
}

#[test]
fn what_waits_for_an_offline_phone_arrives_in_order() {
    let (mut anna, mut ben) = (phone("1555001"), phone("1555002"));
    ben.go_offline();
    for n in 0..3 {
        let message = text(&mut anna, &mut ben, &n.to_string());
        assert!(ben.arrive(Arrival::Message(message)).is_empty());
    }
    let mut ben = reloaded(ben, &mut Vec::new());
    assert_eq!(ben.go_online().len(), 3);
    assert_eq!(texts(&ben), ["0", "1", "2"].map(|t| (t.to_owned(), 1)));
}

#[test]
fn receipts_raise_the_status_and_never_lower_it() {
    let (mut anna, ben) = (phone("1555001"), phone("1555002"));
    let sent = anna.compose_text(&ben.jid(), "seen?", NOW);
    let mut receipt = |kind, from: DeviceAddr| {
        anna.arrive(Arrival::Receipt(ReceiptIn { chat: ben.jid(), from, ids: vec![sent.id.clone()], kind }));
        anna.messages_after(0).next().unwrap().status
    };
    assert_eq!(receipt(ReceiptKind::Delivered, DeviceAddr::pn("1555001", 1)), Status::Sent, "our own companion");
    assert_eq!(receipt(ReceiptKind::Delivered, device(&ben)), Status::Delivered);
    assert_eq!(receipt(ReceiptKind::Read, device(&ben)), Status::Read);
    assert_eq!(receipt(ReceiptKind::Delivered, device(&ben)), Status::Read);
}

#[test]
fn reading_a_chat_tells_its_sender_once() {
    let (mut anna, mut ben) = (phone("1555001"), phone("1555002"));
    let ids = ["a", "b", "c"].map(|t| {
        let message = text(&mut anna, &mut ben, t);
        ben.arrive(Arrival::Message(message.clone()));
        message.id
    });
    let read = |effects: Vec<Effect>| match effects.as_slice() {
        [] => Vec::new(),
        [Effect::Receipt(r), Effect::Receipt(own)]
            if (r.kind, own.kind) == (ReceiptKind::Read, ReceiptKind::ReadSelf) =>
        {
            assert_eq!((&own.chat, &own.ids), (&r.chat, &r.ids));
            r.ids.clone()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(read(ben.read_chat(&anna.jid(), Some(&ids[1]))), ids[..2]);
    assert_eq!(read(ben.read_chat(&anna.jid(), None)), ids[2..]);
    assert_eq!(read(ben.read_chat(&anna.jid(), None)), [""; 0]);
}

#[test]
fn what_a_companion_sent_is_shown_as_our_own() {
    let (mut anna, ben) = (phone("1555001"), phone("1555002"));
    // Any holder of keys can play the companion; the phone goes by the address alone.
    let mut companion = phone("1555001");
    let sent = companion.compose_text(&ben.jid(), "from the desk", NOW);
    let to = device(&anna);
    let (bundle, message) = (anna.bundle(), companion.message_for(&sent, &to));
    let sealed = companion.seal(&to, Some(&bundle), &message).unwrap();
    let from = DeviceAddr::pn("1555001", 3);
    let id = sent.id.clone();
    let incoming =
        Incoming { chat: ben.jid(), from, via: Namespace::Pn, id, timestamp: NOW, peer: false, enc: vec![sealed] };
    anna.arrive(Arrival::Message(incoming));
    let shown = anna.messages_after(0).next().unwrap();
    assert_eq!((shown.from_me, &shown.chat, &shown.from), (true, &ben.jid(), &anna.jid()));
}

#[test]
fn a_companion_is_believed_by_who_checks_its_identity() {
    let anna = phone("1555001");
    let companion = key_pair();
    let public: [u8; 32] = companion.public_key.public_key_bytes().try_into().unwrap();
    let wrapped = anna.sign_companion(&[7; 32], &public, 4, NOW);
    let wrapped = wa::ADVSignedDeviceIdentityHMAC::decode_from_slice(&wrapped).unwrap();
    let details = wrapped.details.unwrap();
    assert_eq!(wrapped.hmac.unwrap(), wacore_libsignal::crypto::hmac_sha256(&[7; 32], &details));
    let mut signed = wa::ADVSignedDeviceIdentity::decode_from_slice(&details).unwrap();
    let by_device = [&[6, 1][..], signed.details.as_ref().unwrap(), &public, &anna.identity()].concat();
    signed.device_signature =
        Some(companion.calculate_signature(&by_device, &mut crate::random::rng()).unwrap().to_vec());
    let verdict = validate_adv_with_identity_key(&signed.encode_to_vec(), &public, None);
    assert_eq!(verdict, AdvValidation::Valid);
}

#[test]
fn the_key_index_list_names_every_device() {
    let list = phone("1555001").key_index_list(&[0, 2, 5], NOW);
    let list = wacore::adv::decode_key_index_list(&list).unwrap();
    assert_eq!((list.current_index, list.valid_indexes), (5, vec![0, 2, 5]));
}

/// The client's side of linking by code.
struct Companion {
    identity: wacore_libsignal::protocol::KeyPair,
    ephemeral: wacore_libsignal::protocol::KeyPair,
}

const CODE: &str = "ABCD1234";

impl Companion {
    fn new() -> Self {
        Self { identity: key_pair(), ephemeral: key_pair() }
    }

    fn wrapped(&self) -> [u8; 80] {
        PairCodeUtils::encrypt_ephemeral_pub(self.ephemeral.public_key.public_key_bytes().try_into().unwrap(), CODE)
    }

    fn answer(&self, hello: &PrimaryHello, account: &[u8; 32]) -> (Vec<u8>, [u8; 32]) {
        let primary = PairCodeUtils::decrypt_primary_ephemeral_pub(&hello.wrapped_ephemeral, CODE).unwrap();
        PairCodeUtils::prepare_key_bundle(&self.ephemeral, &primary, account, &self.identity).unwrap()
    }
}

#[test]
fn a_code_links_however_it_is_typed() {
    let (anna, companion) = (phone("1555001"), Companion::new());
    let (attempt, hello) = LinkAttempt::begin("abcd-1234", &companion.wrapped()).unwrap();
    let (bundle, secret) = companion.answer(&hello, &anna.identity());
    let identity = companion.identity.public_key.public_key_bytes();
    assert_eq!(anna.finish_link(&attempt, &bundle, identity).unwrap(), secret);
    assert!(matches!(anna.finish_link(&attempt, &bundle[..40], identity), Err(PhoneError::BadLink(_))));
}

#[test]
fn a_wrong_code_is_told_apart() {
    let (anna, companion) = (phone("1555001"), Companion::new());
    let (attempt, hello) = LinkAttempt::begin("ABCD9999", &companion.wrapped()).unwrap();
    let (bundle, _) = companion.answer(&hello, &anna.identity());
    let identity = companion.identity.public_key.public_key_bytes();
    assert!(matches!(anna.finish_link(&attempt, &bundle, identity), Err(PhoneError::WrongCode)));
}

#[test]
fn the_first_history_travels_inside_its_message() {
    let mut anna = phone("1555001");
    let [share, history] = &anna.bootstrap(&[0, 1], NOW, |_| crate::sealed_blob::SealedBlob::default())[..] else {
        panic!("two messages")
    };
    assert!(share.peer && history.peer);
    assert_eq!(inline(history).pushnames[0].pushname.as_deref(), Some("Someone"));
}

/// Without its account's name a client asks for it again at every login.
#[test]
fn the_first_history_comes_before_a_past_too() {
    let mut anna = phone("1555001");
    let chat = serde_json::json!({ "chat": "1555002", "name": "Ben", "count": 3 });
    anna.set_past(serde_json::from_value(serde_json::json!({ "chats": [chat] })).unwrap());
    let messages = anna.bootstrap(&[0, 1], NOW, |_| crate::sealed_blob::SealedBlob::default());
    assert_eq!(messages.len(), 4, "the key, the account's name, the chats, the people's names");
    assert_eq!(inline(&messages[1]).pushnames[0].pushname.as_deref(), Some("Someone"));
}

fn inline(history: &Outgoing) -> wa::HistorySync {
    let notification = history.message.protocol_message.as_option().unwrap();
    let notification = notification.history_sync_notification.as_option().unwrap();
    let payload = notification.initial_hist_bootstrap_inline_payload.clone().unwrap();
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(&payload[..]), &mut plain).unwrap();
    wa::HistorySync::decode_from_slice(&plain).unwrap()
}
