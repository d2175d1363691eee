//! What the golden vectors contain: inputs as JSON or hexadecimal, outputs as hexadecimal.

use std::fmt::Write as _;

use serde_json::{Value, json};
use theriac_crypto::{Digest, digest};
use theriac_gs1::{Gtin, SerialNumber, Sscc};
use theriac_ledger::action::ActionKind;
use theriac_ledger::block::{Block, Header, transaction_leaf, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::{BoundedList, encode};
use theriac_ledger::identifier::{
    AccountId, BlockDigest, ChangeId, OrganisationId, PackKey, RunId, ShipmentId, Timestamp,
    TransactionId,
};
use theriac_ledger::record::{
    Chunk, History, PackEntry, PackPlace, PackStatus, PrefixBucket, Record as _, Run, RunPrivate,
    RunPublic, StoredRecord, identity_leaf, identity_root, sorted_identity_leaves,
};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, MemoryState, TestLedger, gtin, pack_keys, run_id, sscc};
use theriac_ledger::transaction::{SignedTransaction, details_digest};

mod bodies;
mod changes;
mod story;
mod tree;

use bodies::bodies;

/// Every file and its contents.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("actions.json", actions()),
        ("blocks.json", blocks()),
        ("chunks.json", chunks()),
        ("execution.json", story::execution()),
        ("genesis.json", genesis()),
        ("identifiers.json", identifiers()),
        ("identities.json", identities()),
        ("state_keys.json", state_keys()),
        ("transactions.json", transactions()),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to memory does not fail");
        text
    })
}

fn named(name: &str) -> Digest {
    digest("golden", name.as_bytes())
}

fn medicine() -> Gtin {
    gtin("9506000", 1)
}

fn unit(number: u32) -> Sscc {
    sscc("9506000", number)
}

fn run() -> RunId {
    run_id(medicine(), "L-1/a", 0)
}

/// A chain whose anchor carries the root over its records, as a real one does.
fn ledger() -> TestLedger {
    let mut ledger = TestLedger::new(1);
    let root = tree::root(ledger.state.records());
    ledger.anchor = ledger.consortium.anchor(root);
    ledger.state = MemoryState::genesis(&ledger.anchor, &ledger.consortium.records);
    ledger
}

fn list<T, const MAX: usize>(items: Vec<T>) -> BoundedList<T, MAX> {
    BoundedList::new(items).unwrap()
}

fn actions() -> Value {
    let kinds: Vec<Value> = ActionKind::ALL
        .iter()
        .map(|kind| json!({ "number": kind.number(), "name": kind.name() }))
        .collect();
    let actions: Vec<Value> = bodies()
        .into_iter()
        .map(|(input, body)| {
            let action = body.to_action().unwrap();
            json!({
                "kind": body.kind().name(),
                "input": input,
                "body": hex(&action.body),
                "action": hex(&encode(&action)),
            })
        })
        .collect();
    json!({ "kinds": kinds, "actions": actions })
}

fn signed_transactions() -> (TestLedger, Vec<SignedTransaction>) {
    let mut ledger = ledger();
    let key = ledger.consortium.key(Actor::Maker);
    let chain = ledger.state.chain_id();
    let mut signed = Vec::new();
    for (_, body) in bodies().into_iter().take(5) {
        signed.push(ledger.sign(Actor::Maker, body));
    }
    let mut detailed = signed[0].transaction.clone();
    let event = named("event");
    detailed.details = Some(details_digest(&[9; 32], &event, &Digest::ZERO));
    signed.push(detailed.sign(&chain, &key));
    (ledger, signed)
}

fn transactions() -> Value {
    let (ledger, signed) = signed_transactions();
    let chain = ledger.state.chain_id();
    let transactions: Vec<Value> = signed
        .iter()
        .map(|signed| {
            let transaction = &signed.transaction;
            json!({
                "signer": transaction.signer,
                "salt": hex(&transaction.salt),
                "valid_until": transaction.valid_until,
                "action_kind": transaction.action.kind,
                "action_body": hex(&transaction.action.body),
                "details": transaction.details,
                "transaction": hex(&encode(transaction)),
                "id": transaction.id(&chain),
                "signature": signed.signature,
                "signed_transaction": hex(&signed.encode()),
                "signed_digest": signed.digest(),
                "leaf": transaction_leaf(signed),
            })
        })
        .collect();
    json!({
        "chain_id": chain,
        "signing_key_seed": hex(&*ledger.consortium.key(Actor::Maker).to_seed()),
        "transactions": transactions,
        "details": [details(&Digest::ZERO), details(&named("ciphertext"))],
    })
}

fn details(ciphertext: &Digest) -> Value {
    let (salt, event) = ([9; 32], named("event"));
    json!({
        "salt": hex(&salt),
        "event_hash": event,
        "ciphertext_digest": ciphertext,
        "details": details_digest(&salt, &event, ciphertext),
    })
}

fn blocks() -> Value {
    let (ledger, signed) = signed_transactions();
    let consortium = &ledger.consortium;
    let header = Header {
        protocol: PROTOCOL,
        chain_id: ledger.state.chain_id(),
        height: 1,
        time: Timestamp(ledger.time.0 + 1_000),
        parent: BlockDigest(ledger.state.chain_id().0),
        proposer: consortium.validator_keys[0].public_key(),
        transactions_root: transactions_root(&signed[..2]),
        transaction_count: 2,
        state_root: named("state root"),
        validators: consortium.validators.digest(),
        next_validators: consortium.validators.digest(),
    };
    let block = Block {
        header: header.clone(),
        transactions: list(signed[..2].to_vec()),
    };
    let roots: Vec<Value> = (0..=signed.len())
        .map(|count| {
            let leaves: Vec<Digest> = signed[..count].iter().map(transaction_leaf).collect();
            json!({ "leaves": leaves, "root": transactions_root(&signed[..count]) })
        })
        .collect();
    json!({
        "header": header,
        "header_bytes": hex(&encode(&header)),
        "digest": header.digest(),
        "block_bytes": hex(&block.encode()),
        "transactions_roots": roots,
        "validators": consortium.validators,
        "validators_bytes": hex(&encode(&consortium.validators)),
        "validators_digest": consortium.validators.digest(),
    })
}

fn identifiers() -> Value {
    let id = TransactionId(named("transaction"));
    let serials = ["A", "12345678901234567890", "a/b-c_d.e\"f%g&h"];
    let packs: Vec<Value> = serials
        .iter()
        .map(|serial| {
            let key = PackKey::new(&medicine(), &SerialNumber::parse(serial).unwrap());
            json!({ "gtin": medicine(), "serial": serial, "pack_key": hex(&key.0) })
        })
        .collect();
    let start = History(named("salt"));
    let first = start.next(1, 0, &id);
    json!({
        "pack_keys": packs,
        "rest_shipment": { "transaction": id, "shipment": ShipmentId::of_rest(&id) },
        "history": [
            { "previous": start, "height": 1, "index": 0, "transaction": id, "next": first },
            { "previous": first, "height": 258, "index": 3, "transaction": id,
              "next": first.next(258, 3, &id) },
        ],
        "private_of_nothing": theriac_ledger::record::empty_private_digest(),
    })
}

fn identities() -> Value {
    let lists: Vec<Value> = [1, 2, 3, 7]
        .into_iter()
        .map(|count| {
            let keys = pack_keys(&medicine(), 0, count);
            json!({
                "keys": keys.iter().map(|key| hex(&key.0)).collect::<Vec<_>>(),
                "leaves_in_production_order": (0..).zip(&keys)
                    .map(|(position, key)| identity_leaf(key, position)).collect::<Vec<_>>(),
                "leaves_sorted_by_key": sorted_identity_leaves(&keys),
                "identity_root": identity_root(&keys),
            })
        })
        .collect();
    json!({ "lists": lists })
}

fn state_keys() -> Value {
    let (account, organisation) = (named("account"), named("organisation"));
    let shipment = ShipmentId(named("shipment"));
    let key = ledger().consortium.key(Actor::Maker).public_key();
    let change = ChangeId(named("change"));
    let bucket = PrefixBucket(*b"9506");
    let run = run();
    json!([
        { "record": "organisation", "id": organisation,
          "key": StateKey::organisation(&OrganisationId(organisation)) },
        { "record": "account", "id": account, "key": StateKey::account(&AccountId(account)) },
        { "record": "key", "public_key": key, "key": StateKey::key(&key) },
        { "record": "product", "gtin": run.gtin, "key": StateKey::product(&run.gtin) },
        { "record": "lot", "gtin": run.gtin, "lot": run.lot,
          "key": StateKey::lot(&run.gtin, &run.lot) },
        { "record": "run", "run": run, "key": StateKey::run(&run) },
        { "record": "chunk", "run": run, "number": 1, "key": StateKey::chunk(&run, 1) },
        { "record": "unit", "sscc": unit(1), "key": StateKey::unit(&unit(1)) },
        { "record": "shipment", "id": shipment, "key": StateKey::shipment(&shipment) },
        { "record": "change", "id": change, "key": StateKey::change(&change) },
        { "record": "seat", "public_key": key, "key": StateKey::seat(&key) },
        { "record": "prefixes", "digits": "9506", "key": StateKey::prefixes(&bucket) },
        { "record": "validators", "key": StateKey::validators() },
        { "record": "parameters", "key": StateKey::parameters() },
    ])
}

fn stored(record: &StoredRecord) -> Value {
    json!({
        "public": hex(&record.public),
        "private": hex(&record.private),
        "attached": hex(&record.attached),
        "tree_value": hex(&record.tree_value()),
    })
}

fn genesis() -> Value {
    let ledger = ledger();
    let records = &ledger.consortium.records;
    let state = records.state(&ledger.anchor.validators, &ledger.anchor.parameters);
    let state: Vec<Value> = state
        .iter()
        .map(|(key, record)| json!({ "key": key, "record": stored(record) }))
        .collect();
    json!({
        "anchor": ledger.anchor,
        "anchor_bytes": hex(&encode(&ledger.anchor)),
        "chain_id": ledger.anchor.chain_id(),
        "records": records,
        "records_bytes": hex(&encode(records)),
        "state": state,
    })
}

fn chunks() -> Value {
    let record = Run {
        public: RunPublic {
            identity_root: named("identity root"),
            count: 130,
            commissioned_at: Timestamp(1_767_225_601_000),
        },
        private: RunPrivate {
            account: AccountId(named("maker")),
            history: History(named("history of the run")),
        },
    };
    let untouched = PackEntry::untouched(&record);
    let places = [
        PackPlace::Account(AccountId(named("account"))),
        PackPlace::Unit(unit(1)),
        PackPlace::Shipment(ShipmentId(named("shipment"))),
    ];
    let entries: Vec<Value> = places
        .into_iter()
        .map(|place| {
            let mut entry = untouched;
            entry.private.place = place;
            entry_vector(&entry, 129)
        })
        .collect();
    let chunks: Vec<Value> = [0, 1]
        .into_iter()
        .map(|number| {
            let mut chunk = Chunk::untouched(&record, number);
            for place in [0, 1] {
                let entry = chunk.entry_mut(place).unwrap();
                entry.public.status = PackStatus::Dispensed;
                entry.public.since = Timestamp(1_767_225_602_000);
                entry.private.history = History(named("history of two packs"));
            }
            json!({
                "number": number,
                "leaves": chunk.leaves(),
                "root": chunk.root(),
                "record": stored(&chunk.store()),
            })
        })
        .collect();
    json!({
        "run": stored(&record.store()),
        "untouched": entry_vector(&untouched, 0),
        "entries": entries,
        "chunks_with_two_dispensed": chunks,
    })
}

fn entry_vector(entry: &PackEntry, position: u32) -> Value {
    json!({
        "entry": entry,
        "position": position,
        "public": hex(&encode(&entry.public)),
        "private": hex(&encode(&entry.private)),
        "private_digest": entry.private_digest(position),
        "leaf": entry.leaf(position),
    })
}
