//! The target `exception_message` of `theriac_hostile`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| theriac_hostile::run("exception_message", data));
