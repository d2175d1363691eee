//! The list of targets.

use crate::decoders::{
    batch_file, engine, engine_log, epcis, exception_message, genesis, gs1, key_file, ledger,
    picture, proof, requests, signature, signer, signing_guard, snapshot, state_machine, wire,
};

/// A decoder and its judge.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: that of the fuzzer in `fuzz/fuzz_targets` and of its folder in `fuzz/seeds`.
    pub name: &'static str,
    /// Feeds the bytes to it; panics where it breaks its word.
    pub run: fn(&[u8]),
}

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// Every target, in order of name.
pub const TARGETS: &[Target] = &[
    target("action", ledger::action),
    target("batch_file", batch_file::batch_file),
    target("block", ledger::block),
    target("digital_link", gs1::digital_link),
    target("element_string", gs1::element_string),
    target("engine_log", engine_log::engine_log),
    target("engine_message", engine::message),
    target("epc_urn", gs1::epc_urn),
    target("epcis", epcis::event),
    target("epcis_document", epcis::captured),
    target("evidence", proof::evidence),
    target("exception_message", exception_message::exception_message),
    target("genesis", genesis::genesis),
    target("history", proof::history),
    target("key_file", key_file::key_file),
    target("misbehaviour", proof::misbehaviour),
    target("picture", picture::picture),
    target("proposal_parts", engine::parts),
    target("request_body", requests::body),
    target("scan", gs1::scan),
    target("signature", signature::signature),
    target("signed_request", requests::signed),
    target("signer_message", signer::message),
    target("signing_guard", signing_guard::signing_guard),
    target("snapshot", snapshot::snapshot),
    target("state_machine", state_machine::state_machine),
    target("transaction", ledger::transaction),
    target("wire", wire::wire),
];

/// Feeds bytes to the target of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.expect("a fuzzer is named like its target");
    (target.run)(bytes);
}
