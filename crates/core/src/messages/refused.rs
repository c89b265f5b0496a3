//! What the network's codes mean when it refuses a message, and what to do about it.

use switchboard_model::Jid;

/// For the person who sent it.
pub(crate) fn refused(code: &str, chat: &Jid) -> String {
    let why = match (code, chat) {
        ("403", Jid::Newsletter(_)) => "only who runs the newsletter can post in it, and only who follows it can react",
        ("404", Jid::Newsletter(_)) => "the newsletter or the post is not there any more",
        _ => in_a_chat(code),
    };
    format!("{why} (error {code})")
}

fn in_a_chat(code: &str) -> &'static str {
    match code {
        "404" => "this number is not on WhatsApp: check it, with its country code",
        "429" => "the network finds that this account writes too much: let it rest before sending more",
        "463" => {
            "the network lets this account begin no new conversations for now: wait, or let the other side write first"
        }
        _ => {
            "the network refused it and says no more than this: it was not delivered, so send it anew if it still matters"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn a_refusal_says_once_what_happened_and_what_to_do() {
        let ben: Jid = "15550000002".parse().unwrap();
        let unknown = Error::Engine(refused("404", &ben)).to_string();
        assert_eq!(unknown, "this number is not on WhatsApp: check it, with its country code (error 404)");
        for code in ["429", "463", "500"] {
            let text = Error::Engine(refused(code, &ben)).to_string();
            assert_eq!(text.matches("the network").count(), 1, "{text}");
            assert!(text.ends_with(&format!("(error {code})")), "{text}");
        }
    }
}
