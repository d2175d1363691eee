//! The target `epcis_document` of `theriac_hostile`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| theriac_hostile::run("epcis_document", data));
