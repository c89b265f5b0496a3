//! Phone numbers and chats as people write them.

use wacore_binary::{Jid, Server};

use super::error::Failed;
use crate::phone::STATUS;

/// The digits of a phone number in a path or a field.
pub(super) fn number(text: &str, field: &str) -> Result<String, Failed> {
    let digits: String = text.chars().filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')')).collect();
    let well_formed = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if well_formed {
        Ok(digits)
    } else {
        Err(Failed::bad_request(format!("{field}: \"{text}\" is not a phone number; it has 7 to 15 digits")))
    }
}

/// A chat by number or by JID.
pub(super) fn chat(text: &str, field: &str) -> Result<Jid, Failed> {
    if text == STATUS {
        return Ok(Jid::new("status", Server::Broadcast));
    }
    let Some((user, server)) = text.split_once('@') else {
        return Ok(Jid::pn(number(text, field)?));
    };
    match Server::parse_known(server) {
        Some(Server::Pn | Server::Legacy) => Ok(Jid::pn(number(user, field)?)),
        Some(Server::Lid) => Ok(Jid::lid(user)),
        Some(Server::Newsletter) if user.bytes().all(|b| b.is_ascii_digit()) => Ok(Jid::newsletter(user)),
        Some(Server::Group) if is_group_id(user) => Ok(Jid::group(user)),
        _ => Err(Failed::bad_request(format!("{field}: \"{text}\" is not the JID of a chat on this network"))),
    }
}

/// Digits; those of old groups begin with their maker's number.
fn is_group_id(user: &str) -> bool {
    user.len() >= 10 && user.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_one_chat() {
        for text in ["+49 170 000-0001", "491700000001", "491700000001@c.us", "491700000001@s.whatsapp.net"] {
            assert_eq!(chat(text, "to").unwrap().to_string(), "491700000001@s.whatsapp.net", "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "123", "12345678901234567", "hello", "1234567x", "12@g.us", "1234567@example"] {
            assert!(chat(text, "to").is_err(), "{text}");
        }
    }
}
