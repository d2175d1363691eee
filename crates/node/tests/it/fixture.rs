//! A consortium, its genesis, and single nodes over temporary folders, without an engine: tests
//! decide blocks themselves, with the validators' own keys.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use theriac_client::wire::FinalBlock;
use theriac_crypto::{PublicKey, SigningKey};
use theriac_gs1::Gtin;
use theriac_ledger::action::{
    ActionBody, AnchorDigest, AnchorKind, ApproveChange, Dispense, EnactChange, Pack,
    ProposeChange, Purpose, Ship,
};
use theriac_ledger::block::Block;
use theriac_ledger::change::Change;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{CheckedTransaction, check_stateless};
use theriac_ledger::identifier::{BlockDigest, ChainId, ChangeId, Height, Timestamp};
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::{
    Actor, Consortium, commission_run, gtin, packs, product, run_id, sscc,
};
use theriac_ledger::transaction::{SignedTransaction, Transaction};
use theriac_node::chain::{BuiltBlock, Chain};
use theriac_node::genesis::{Genesis, seal};
use theriac_node::pool::{Pool, PoolLimits};
use theriac_node::store::Store;
use theriac_proof::vote::{VoteType, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature};

/// A consortium and what its members sign.
pub(crate) struct World {
    pub(crate) consortium: Consortium,
    pub(crate) genesis: Genesis,
    salts: u128,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of_seed(1)
    }

    pub(crate) fn of_seed(seed: u64) -> Self {
        let consortium = Consortium::new(seed);
        let anchor = seal(
            Consortium::START,
            consortium.validators.clone(),
            Parameters::default(),
            &consortium.records,
        )
        .unwrap();
        let records = consortium.records.clone();
        Self {
            consortium,
            genesis: Genesis { anchor, records },
            salts: 0,
        }
    }

    pub(crate) fn chain_id(&self) -> ChainId {
        self.genesis.anchor.chain_id()
    }

    pub(crate) fn proposer(&self) -> PublicKey {
        self.consortium.validator_keys[0].public_key()
    }

    /// A transaction of an actor, valid for five minutes after a time.
    pub(crate) fn sign(
        &mut self,
        actor: Actor,
        body: impl Into<ActionBody>,
        now: Timestamp,
    ) -> SignedTransaction {
        self.sign_for(self.chain_id(), actor, body, now)
    }

    /// As [`World::sign`], for another chain.
    pub(crate) fn sign_for(
        &mut self,
        chain: ChainId,
        actor: Actor,
        body: impl Into<ActionBody>,
        now: Timestamp,
    ) -> SignedTransaction {
        let key = self.consortium.key(actor);
        self.sign_by(chain, &key, body, now)
    }

    /// A transaction of whoever has a key.
    pub(crate) fn sign_by(
        &mut self,
        chain: ChainId,
        key: &SigningKey,
        body: impl Into<ActionBody>,
        now: Timestamp,
    ) -> SignedTransaction {
        self.salts += 1;
        Transaction {
            signer: key.public_key(),
            salt: self.salts.to_le_bytes(),
            valid_until: now.saturating_add(5 * 60 * 1000),
            action: body.into().to_action().unwrap(),
            details: None,
        }
        .sign(&chain, key)
    }

    /// Three authorities decide on a change that needs no notice, in one block.
    pub(crate) fn decide(&mut self, change: &Change, now: Timestamp) -> Vec<SignedTransaction> {
        let (id, mut signed) = self.propose(change, now);
        signed.push(self.enact(id, change, now));
        signed
    }

    /// The first authority proposes a change, and two more approve it.
    pub(crate) fn propose(
        &mut self,
        change: &Change,
        now: Timestamp,
    ) -> (ChangeId, Vec<SignedTransaction>) {
        let chain = self.chain_id();
        let [first, second, third] = [0, 1, 2].map(|number| self.consortium.authority_key(number));
        let change = change.clone();
        let proposed = self.sign_by(chain, &first, ProposeChange { change }, now);
        let id = ChangeId::of_proposal(&proposed.transaction.id(&chain));
        let approved =
            [second, third].map(|key| self.sign_by(chain, &key, ApproveChange { id }, now));
        (id, std::iter::once(proposed).chain(approved).collect())
    }

    /// The first authority enacts a change.
    pub(crate) fn enact(
        &mut self,
        id: ChangeId,
        change: &Change,
        now: Timestamp,
    ) -> SignedTransaction {
        let (chain, key) = (self.chain_id(), self.consortium.authority_key(0));
        let change = change.clone();
        self.sign_by(chain, &key, EnactChange { id, change }, now)
    }

    pub(crate) fn checked(&self, signed: SignedTransaction) -> Arc<CheckedTransaction> {
        Arc::new(check_stateless(signed, &self.chain_id()).unwrap())
    }

    /// The votes of three of the four validators.
    pub(crate) fn certify(&self, height: Height, digest: &BlockDigest) -> CommitCertificate {
        let voters = &self.consortium.validator_keys[1..];
        certificate(&self.chain_id(), voters, height, digest)
    }

    pub(crate) fn note(&mut self, actor: Actor, now: Timestamp) -> SignedTransaction {
        self.sign(actor, note(), now)
    }

    /// One block's transactions for each step of a pack's way: product, two runs, a case, a
    /// shipment; with a dispensing that is refused (a maker is no pharmacy) left out.
    pub(crate) fn story(&mut self) -> Vec<Vec<SignedTransaction>> {
        let now = Consortium::START;
        let medicine = medicine();
        let maker = Actor::Maker;
        let run = run_id(medicine, "LOT1", 0);
        let case = sscc("9506000", 1);
        let to = self.consortium.account(Actor::Pharmacy);
        vec![
            vec![
                self.sign(maker, product(medicine), now),
                self.note(Actor::Regulator, now),
            ],
            vec![
                self.sign(maker, commission_run(run, 0, 300), now),
                self.sign(
                    maker,
                    commission_run(run_id(medicine, "LOT1", 1), 300, 50),
                    now,
                ),
            ],
            Vec::new(),
            vec![self.sign(
                maker,
                Pack {
                    sscc: case,
                    packs: packs(run, &[(0, 100)]),
                    units: BoundedList::empty(),
                },
                now,
            )],
            vec![
                self.sign(
                    maker,
                    Ship {
                        to,
                        purpose: Purpose::Supply,
                        packs: packs(run, &[(150, 20)]),
                        units: BoundedList::new(vec![case]).unwrap(),
                    },
                    now,
                ),
                self.sign(
                    Actor::Pharmacy,
                    Dispense {
                        packs: packs(run, &[(150, 1)]),
                    },
                    now,
                ),
            ],
        ]
    }
}

pub(crate) fn medicine() -> Gtin {
    gtin("9506000", 1)
}

/// The votes of these keys, which ascend.
pub(crate) fn certificate<'k>(
    chain: &ChainId,
    voters: impl IntoIterator<Item = &'k SigningKey>,
    height: Height,
    digest: &BlockDigest,
) -> CommitCertificate {
    let message = vote_digest(chain, VoteType::Precommit, height, 0, Some(digest));
    let signature = |key: &SigningKey| CommitSignature {
        validator: key.public_key(),
        signature: key.sign(&message),
    };
    let signatures = voters.into_iter().map(signature).collect();
    CommitCertificate {
        height,
        round: 0,
        block: *digest,
        signatures: BoundedList::new(signatures).unwrap(),
    }
}

/// A node without engine or interface.
pub(crate) struct Node {
    pub(crate) store: Store,
    pub(crate) pool: Arc<Pool>,
    pub(crate) chain: Chain,
    folder: TempDir,
}

impl Node {
    pub(crate) fn new(world: &World) -> Self {
        Self::with_limits(world, PoolLimits::default())
    }

    pub(crate) fn with_limits(world: &World, limits: PoolLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::initialise(&folder.path().join("store"), &world.genesis).unwrap();
        Self::over(store, limits, folder)
    }

    fn over(store: Store, limits: PoolLimits, folder: TempDir) -> Self {
        let pool = Arc::new(Pool::new(store.clone(), limits));
        let chain = Chain::new(store.clone(), Arc::clone(&pool));
        Self {
            store,
            pool,
            chain,
            folder,
        }
    }

    /// Ends this node and gives its folder.
    pub(crate) fn stop(self) -> TempDir {
        self.folder
    }

    /// Starts a node over the folder of another.
    pub(crate) fn start(folder: TempDir) -> Self {
        let store = Store::open(&store_path(folder.path())).unwrap();
        Self::over(store, PoolLimits::default(), folder)
    }

    pub(crate) fn restart(self) -> Self {
        Self::start(self.stop())
    }

    /// A block of these transactions, executed and kept by this node.
    pub(crate) fn build(&self, world: &World, signed: Vec<SignedTransaction>) -> BuiltBlock {
        let time = self.chain.parent().time.saturating_add(1_000);
        self.build_at(world, signed, time)
    }

    /// As [`Node::build`], with a time.
    pub(crate) fn build_at(
        &self,
        world: &World,
        signed: Vec<SignedTransaction>,
        time: Timestamp,
    ) -> BuiltBlock {
        let waiting: Vec<_> = signed.into_iter().map(|one| world.checked(one)).collect();
        let built = self
            .chain
            .build_from(&waiting, time, world.proposer())
            .unwrap();
        assert_eq!(built.rejected, []);
        built
    }

    /// Executes and commits a block.
    pub(crate) fn accept(&self, world: &World, block: &Block) -> Arc<FinalBlock> {
        let digest = self.chain.execute(block).unwrap();
        self.decide(world, block.header.height, &digest)
    }

    pub(crate) fn decide(
        &self,
        world: &World,
        height: Height,
        digest: &BlockDigest,
    ) -> Arc<FinalBlock> {
        self.chain
            .commit(digest, world.certify(height, digest))
            .unwrap()
    }

    /// As [`Node::advance`], with a time.
    pub(crate) fn advance_at(
        &self,
        world: &World,
        signed: Vec<SignedTransaction>,
        time: Timestamp,
    ) -> Arc<FinalBlock> {
        let built = self.build_at(world, signed, time);
        self.decide(world, built.block.header.height, &built.digest)
    }

    /// Builds a block of these transactions and commits it.
    pub(crate) fn advance(&self, world: &World, signed: Vec<SignedTransaction>) -> Arc<FinalBlock> {
        let built = self.build(world, signed);
        self.decide(world, built.block.header.height, &built.digest)
    }
}

pub(crate) fn store_path(folder: &Path) -> std::path::PathBuf {
    folder.join("store")
}

/// An action that any member may take.
pub(crate) fn note() -> AnchorDigest {
    AnchorDigest {
        kind: AnchorKind::Document,
        digest: theriac_crypto::digest("test", b"note"),
    }
}
