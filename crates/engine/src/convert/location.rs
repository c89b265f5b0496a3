//! Places, and people who move.

use switchboard_model::{Content, LiveLocation, Location};
use waproto::whatsapp::{
    self as wa,
    message::{LiveLocationMessage, LocationMessage},
};
use whatsapp_rust::buffa::MessageField;

pub(super) fn read(message: &wa::Message) -> Option<Content> {
    let place = message.location_message.as_option().map(place);
    place.or_else(|| message.live_location_message.as_option().map(moving))
}

pub(super) fn write(place: &Location) -> wa::Message {
    let location = LocationMessage {
        degrees_latitude: Some(place.latitude),
        degrees_longitude: Some(place.longitude),
        name: place.name.clone(),
        address: place.address.clone(),
        url: place.url.clone(),
        ..Default::default()
    };
    wa::Message { location_message: MessageField::some(location), ..Default::default() }
}

pub(super) fn write_live(place: &LiveLocation) -> wa::Message {
    let location = LiveLocationMessage {
        degrees_latitude: Some(place.latitude),
        degrees_longitude: Some(place.longitude),
        accuracy_in_meters: place.accuracy_meters,
        speed_in_mps: place.speed_mps,
        degrees_clockwise_from_magnetic_north: place.heading_degrees,
        caption: place.caption.clone(),
        sequence_number: Some(place.sequence),
        ..Default::default()
    };
    wa::Message { live_location_message: MessageField::some(location), ..Default::default() }
}

fn place(location: &LocationMessage) -> Content {
    Content::Location(Location {
        latitude: location.degrees_latitude.unwrap_or_default(),
        longitude: location.degrees_longitude.unwrap_or_default(),
        name: said(location.name.as_ref()),
        address: said(location.address.as_ref()),
        url: said(location.url.as_ref()),
    })
}

fn moving(location: &LiveLocationMessage) -> Content {
    Content::LiveLocation(LiveLocation {
        latitude: location.degrees_latitude.unwrap_or_default(),
        longitude: location.degrees_longitude.unwrap_or_default(),
        accuracy_meters: location.accuracy_in_meters,
        speed_mps: location.speed_in_mps,
        heading_degrees: location.degrees_clockwise_from_magnetic_north,
        caption: said(location.caption.as_ref()),
        sequence: location.sequence_number.unwrap_or_default(),
    })
}

fn said(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}
