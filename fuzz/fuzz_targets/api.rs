//! Requests at `/v1` and at every documented API, as their descriptions have them and with one part replaced: nothing
//! panics, and nothing is answered with 5xx that is not described.
#![no_main]

use std::sync::{Mutex, PoisonError};

use libfuzzer_sys::fuzz_target;
use switchboard_fuzz::{house::House, input::Input};

static HOUSE: Mutex<Option<House>> = Mutex::new(None);

fuzz_target!(|data: &[u8]| {
    let mut open = HOUSE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(worn) = open.take_if(|house| house.is_worn()) {
        worn.close();
    }
    open.get_or_insert_with(House::open).ask(&mut Input::new(data));
});
