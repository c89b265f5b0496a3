//! Whatever bytes a client sends, decoding them ends in a node or an error: never in a panic, never in much memory.
//!
//! `PROPTEST_CASES=1000000 cargo test --release -p switchboard-sandbox --test decoding` looks for longer.

use proptest::{collection::vec, prelude::*};
use switchboard_sandbox::wire::Dictionary;
use wacore_binary::{Node, builder::NodeBuilder};

const BOTH: [Dictionary; 2] = [Dictionary::V2, Dictionary::V3];
/// The first byte of a frame says whether the rest is packed.
const PACKED: u8 = 2;

/// Stanzas like those of real clients: a few levels, attributes, bytes at the leaves.
fn stanza() -> impl Strategy<Value = Node> {
    let tag = "[a-z]{1,8}";
    let name = prop::sample::select(vec!["id", "to", "type", "xmlns", "anything"]);
    let leaf =
        (tag, vec(any::<u8>(), 0..64)).prop_map(|(tag, bytes)| NodeBuilder::new_dynamic(tag).bytes(bytes).build());
    leaf.prop_recursive(4, 24, 4, move |inner| {
        (tag, name.clone(), "[ -~]{0,24}", vec(inner, 0..4)).prop_map(|(tag, name, value, children)| {
            // A bare `@` reads as an address without a user, which real clients do not write.
            let value = value.replace('@', "");
            NodeBuilder::new_dynamic(tag).attr(name, value).children(children).build()
        })
    })
}

/// What noise, a bug or an attacker makes of a good frame.
#[derive(Clone, Debug)]
enum Harm {
    Flip { at: prop::sample::Index, by: u8 },
    Cut { at: prop::sample::Index },
    Insert { at: prop::sample::Index, bytes: Vec<u8> },
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), 1..=u8::MAX).prop_map(|(at, by)| Harm::Flip { at, by }),
        at().prop_map(|at| Harm::Cut { at }),
        (at(), vec(any::<u8>(), 1..6)).prop_map(|(at, bytes)| Harm::Insert { at, bytes }),
    ]
}

impl Harm {
    fn apply(self, frame: &mut Vec<u8>) {
        if frame.is_empty() {
            return;
        }
        match self {
            Self::Flip { at, by } => {
                let at = at.index(frame.len());
                frame[at] ^= by;
            }
            Self::Cut { at } => frame.truncate(at.index(frame.len())),
            Self::Insert { at, bytes } => {
                let at = at.index(frame.len());
                frame.splice(at..at, bytes);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes(frame in vec(any::<u8>(), 0..512)) {
        for dictionary in BOTH {
            let _ = dictionary.decode(&frame);
        }
    }

    #[test]
    fn any_bytes_that_say_they_are_packed(body in vec(any::<u8>(), 0..256)) {
        let frame = [&[PACKED], &body[..]].concat();
        for dictionary in BOTH {
            let _ = dictionary.decode(&frame);
        }
    }

    #[test]
    fn good_frames_come_back_and_harmed_ones_do_no_harm(node in stanza(), harms in vec(harm(), 1..5)) {
        for dictionary in BOTH {
            let mut frame = dictionary.encode(&node).unwrap();
            let back = dictionary.decode(&frame).unwrap();
            prop_assert_eq!(&back.tag, &node.tag);
            for harm in harms.clone() {
                harm.apply(&mut frame);
            }
            let _ = dictionary.decode(&frame);
        }
    }
}
