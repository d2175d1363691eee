//! The target `proposal_parts` of `theriac_hostile`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| theriac_hostile::run("proposal_parts", data));
