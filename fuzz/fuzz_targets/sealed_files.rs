//! Backups, the files of sessions and files under a passphrase. Harmed, they are refused. What stands behind a seal is
//! read or refused, whatever it is: who has the key may still have a damaged database, or another version.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use switchboard_fuzz::{input::Input, safe::Safe};

static SAFE: OnceLock<Safe> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let safe = SAFE.get_or_init(Safe::fill);
    let mut input = Input::new(data);
    match input.byte() {
        // Seldom: deriving a key is slow on purpose.
        b'p' => safe.try_under_passphrase(&mut input),
        kind if kind % 4 == 0 => safe.try_harmed_backup(&mut input),
        kind if kind % 4 == 1 => safe.try_changed_backup(&mut input),
        kind if kind % 4 == 2 => safe.try_harmed_session(&mut input),
        _ => safe.try_changed_session(&mut input),
    }
});
