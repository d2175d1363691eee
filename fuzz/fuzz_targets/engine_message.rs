//! The target `engine_message` of `theriac_hostile`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| theriac_hostile::run("engine_message", data));
