//! Contact cards: one, or several at once.

use switchboard_model::{ContactCard, Content};
use waproto::whatsapp::{
    self as wa,
    message::{ContactMessage, ContactsArrayMessage},
};
use whatsapp_rust::buffa::MessageField;

pub(super) fn read(message: &wa::Message) -> Option<Content> {
    let one = message.contact_message.as_option().map(|contact| vec![card(contact)]);
    let several = || Some(message.contacts_array_message.as_option()?.contacts.iter().map(card).collect());
    Some(Content::Contact { contacts: one.or_else(several)? })
}

pub(super) fn write(contacts: &[ContactCard]) -> wa::Message {
    if let [one] = contacts {
        return wa::Message { contact_message: MessageField::some(message(one)), ..Default::default() };
    }
    let several = ContactsArrayMessage {
        display_name: Some(format!("{} contacts", contacts.len())),
        contacts: contacts.iter().map(message).collect(),
        ..Default::default()
    };
    wa::Message { contacts_array_message: MessageField::some(several), ..Default::default() }
}

fn card(contact: &ContactMessage) -> ContactCard {
    ContactCard {
        name: contact.display_name.clone().unwrap_or_default(),
        vcard: contact.vcard.clone().unwrap_or_default(),
    }
}

fn message(card: &ContactCard) -> ContactMessage {
    ContactMessage { display_name: Some(card.name.clone()), vcard: Some(card.vcard.clone()), ..Default::default() }
}
