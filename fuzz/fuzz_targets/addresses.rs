//! Whatever stands where an address belongs, in every API, goes through these parsers: it is refused, or read as
//! something that is printed and read again as the same.
#![no_main]

use std::{
    fmt::{Debug, Display},
    str::FromStr,
};

use libfuzzer_sys::fuzz_target;
use switchboard_model::{GroupId, Jid, Lid, Phone, SessionId};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    comes_back::<Jid>(&text);
    comes_back::<Lid>(&text);
    comes_back::<GroupId>(&text);
    comes_back::<SessionId>(&text);
    if let Some(phone) = comes_back::<Phone>(&text) {
        assert!(!format!("{phone:?} {}", phone.masked()).contains(phone.digits()), "logs show a whole number");
        assert!(phone.for_people().starts_with('+'));
    }
});

fn comes_back<T: FromStr + Display + Debug + PartialEq>(text: &str) -> Option<T> {
    let read = text.parse::<T>().ok()?;
    let printed = read.to_string();
    assert_eq!(printed.parse::<T>().ok().as_ref(), Some(&read), "{text:?} is printed as {printed:?}");
    Some(read)
}
