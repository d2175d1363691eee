//! A chain of one node, whose blocks are decided with the validators' own keys.

use std::sync::Arc;

use tempfile::TempDir;
use theriac_crypto::{PublicKey, digest};
use theriac_gs1::{Gtin, SerialNumber};
use theriac_ledger::action::{ActionBody, Dispense, Purpose, Receive, Ship};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{CheckedTransaction, check_stateless};
use theriac_ledger::identifier::{BlockDigest, RunId, ShipmentId, Timestamp};
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::{
    Actor, Consortium, commission_run, date, gtin, packs, product, run_id,
};
use theriac_ledger::transaction::Transaction;
use theriac_node::genesis::{Genesis, seal};
use theriac_node::pool::{Pool, PoolLimits};
use theriac_node::store::Store;
use theriac_proof::vote::{VoteType, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature, Question};

/// Transactions of a block.
pub(crate) const TRANSACTIONS: u32 = 500;
/// Packs of a run, runs, and a step to another chunk for each transaction.
const PACKS: u32 = 32_768;
const RUNS: u16 = 4;
const STEP: u32 = 12_417;

/// The node, and what happens on its chain.
pub(crate) struct Chain {
    pub(crate) node: theriac_node::chain::Chain,
    pub(crate) genesis: Genesis,
    consortium: Consortium,
    salts: u128,
    next: u32,
    _folder: TempDir,
}

impl Chain {
    /// A chain on which a pharmacy has packs.
    pub(crate) fn new() -> Self {
        let consortium = Consortium::new(1);
        let anchor = seal(
            Consortium::START,
            consortium.validators.clone(),
            Parameters::default(),
            &consortium.records,
        )
        .expect("a genesis");
        let records = consortium.records.clone();
        let genesis = Genesis { anchor, records };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        let store = Store::initialise(&path, &genesis).expect("a new store");
        let pool = Arc::new(Pool::new(store.clone(), PoolLimits::default()));
        let mut chain = Self {
            node: theriac_node::chain::Chain::new(store, pool),
            genesis,
            consortium,
            salts: 0,
            next: 0,
            _folder: folder,
        };
        chain.stock();
        chain
    }

    fn stock(&mut self) {
        let registered = self.sign(Actor::Maker, product(medicine()));
        self.advance(&[registered]);
        for number in 0..RUNS {
            let run = run(number);
            let first = u32::from(number) * PACKS;
            let commissioned = self.sign(Actor::Maker, commission_run(run, first, PACKS));
            self.advance(&[commissioned]);
            let ship = Ship {
                to: self.consortium.account(Actor::Pharmacy),
                purpose: Purpose::Supply,
                packs: packs(run, &[(0, PACKS)]),
                units: BoundedList::empty(),
            };
            let shipped = self.sign(Actor::Maker, ship);
            let receive = Receive {
                shipment: ShipmentId::of_ship(shipped.id()),
                except: BoundedList::empty(),
            };
            self.advance(&[shipped]);
            let received = self.sign(Actor::Pharmacy, receive);
            self.advance(&[received]);
        }
    }

    pub(crate) fn proposer(&self) -> PublicKey {
        self.consortium.validator_keys[0].public_key()
    }

    pub(crate) fn next_time(&self) -> Timestamp {
        self.node.parent().time.saturating_add(1_000)
    }

    fn sign(&mut self, actor: Actor, body: impl Into<ActionBody>) -> Arc<CheckedTransaction> {
        let chain = self.genesis.anchor.chain_id();
        let key = self.consortium.key(actor);
        self.salts += 1;
        let transaction = Transaction {
            signer: key.public_key(),
            salt: self.salts.to_le_bytes(),
            valid_until: self.next_time().saturating_add(5 * 60 * 1000),
            action: body.into().to_action().expect("a body within its bound"),
            details: None,
        };
        let signed = transaction.sign(&chain, &key);
        Arc::new(check_stateless(signed, &chain).expect("a good transaction"))
    }

    /// The dispensing of packs that are still there; the same until a block holds them.
    pub(crate) fn dispenses(&mut self) -> Vec<Arc<CheckedTransaction>> {
        let first = self.next;
        (first..first + TRANSACTIONS)
            .map(|number| {
                let run = run(u16::try_from(number / PACKS).expect("a few runs"));
                let position = number.wrapping_mul(STEP) % PACKS;
                let packs = packs(run, &[(position, 1)]);
                self.sign(Actor::Pharmacy, Dispense { packs })
            })
            .collect()
    }

    /// A block of dispensings that is executed, and decided, and not committed.
    pub(crate) fn decided(&mut self) -> (BlockDigest, CommitCertificate) {
        let dispenses = self.dispenses();
        self.next += TRANSACTIONS;
        self.decide(&dispenses)
    }

    pub(crate) fn commit_dispenses(&mut self) {
        let (digest, certificate) = self.decided();
        self.node.commit(&digest, certificate).expect("a commit");
    }

    fn advance(&mut self, transactions: &[Arc<CheckedTransaction>]) {
        let (digest, certificate) = self.decide(transactions);
        self.node.commit(&digest, certificate).expect("a commit");
    }

    fn decide(&self, transactions: &[Arc<CheckedTransaction>]) -> (BlockDigest, CommitCertificate) {
        let built = self
            .node
            .build_from(transactions, self.next_time(), self.proposer())
            .expect("a block");
        assert!(built.rejected.is_empty(), "{:?}", built.rejected);
        let height = built.block.header.height;
        let chain = self.genesis.anchor.chain_id();
        let kind = VoteType::Precommit;
        let message = vote_digest(&chain, kind, height, 0, Some(&built.digest));
        let sign = |key: &theriac_crypto::SigningKey| CommitSignature {
            validator: key.public_key(),
            signature: key.sign(&message),
        };
        let signatures = self.consortium.validator_keys[1..].iter().map(sign);
        let certificate = CommitCertificate {
            height,
            round: 0,
            block: built.digest,
            signatures: BoundedList::new(signatures.collect()).expect("three signatures"),
        };
        (built.digest, certificate)
    }

    /// Questions about packs of every run, some of them dispensed.
    pub(crate) fn questions() -> Vec<Question> {
        (0..2_000u32)
            .map(|number| {
                let number = number.wrapping_mul(STEP) % (PACKS * u32::from(RUNS));
                let text = digest("testing-serial", &number.to_le_bytes()).to_string();
                Question {
                    gtin: medicine(),
                    lot: Some(run(0).lot),
                    serial: Some(SerialNumber::parse(&text[..20]).expect("a serial")),
                    expiry: Some(date("2027-12-31")),
                }
            })
            .collect()
    }
}

/// The product of the chain.
pub(crate) fn medicine() -> Gtin {
    gtin("9506000", 1)
}

fn run(number: u16) -> RunId {
    run_id(medicine(), "LOT1", number)
}
