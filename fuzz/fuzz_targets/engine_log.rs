//! The target `engine_log` of `theriac_hostile`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| theriac_hostile::run("engine_log", data));
