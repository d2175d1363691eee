//! A chain on which one transaction of every kind is legal, and those transactions.

use std::sync::LazyLock;

use theriac_crypto::{Digest, SigningKey};
use theriac_gs1::{Gtin, Sscc};
use theriac_ledger::action::{
    ActionBody, AnchorDigest, AnchorKind, ApproveChange, CancelShipment, CloseLot, CommissionRun,
    Decommission, DecommissionReason, Dispense, EnactChange, Lock, LockReason, Pack, ProposeChange,
    Purpose, Reactivate, ReactivateReason, RecallClass, RecallLot, Receive, ReceiveException,
    ReceiveExceptionReason, Reject, RejectReason, Ship, Unlock, Unpack, UnpackContents,
    WithdrawChange,
};
use theriac_ledger::change::Change;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{BlockContext, check, check_stateless};
use theriac_ledger::identifier::{ChainId, ChangeId, RunId, ShipmentId, TransactionId};
use theriac_ledger::record::KeyPurpose;
use theriac_ledger::state::State as _;
use theriac_ledger::testing::membership::{named_key, new_key};
use theriac_ledger::testing::{
    Actor, TestLedger, date, gtin, pack_keys, packs, product, run_id, sscc,
};
use theriac_ledger::transaction::SignedTransaction;

/// Packs of the run on which everything happens.
const PACKS: u32 = 300;

/// The chain, and what may be done on it next.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The chain.
    pub ledger: TestLedger,
    /// One transaction of every kind that is enabled, each legal in the next block by itself.
    pub valid: Vec<(Actor, SignedTransaction)>,
}

/// Made once, because it takes a while.
static SCENE: LazyLock<Scene> = LazyLock::new(Scene::new);

impl Scene {
    /// The scene that every target shares.
    pub fn shared() -> &'static Self {
        &SCENE
    }

    fn new() -> Self {
        let mut ledger = TestLedger::new(1);
        let stage = Stage::set(&mut ledger);
        let valid = stage.actions(&ledger);
        let valid = valid
            .into_iter()
            .map(|(actor, body)| (actor, ledger.sign(actor, body)))
            .collect();
        let valid = stage.with_changes(&mut ledger, valid);
        let scene = Self { ledger, valid };
        for (actor, signed) in &scene.valid {
            let checked = check_stateless(signed.clone(), &scene.chain());
            let checked = checked.expect("a transaction of the scene is well formed");
            let legal = check(&scene.ledger.state, scene.context(), &checked);
            assert!(legal.is_ok(), "{actor:?} {:?}: {legal:?}", checked.body());
        }
        scene
    }

    /// The chain's id.
    pub fn chain(&self) -> ChainId {
        self.ledger.state.chain_id()
    }

    /// The block in which the transactions are legal.
    pub fn context(&self) -> BlockContext {
        self.ledger.next_context()
    }

    /// Whether this is the id of one of the transactions.
    pub fn is_known(&self, id: &TransactionId) -> bool {
        let chain = self.chain();
        let ids = self.valid.iter();
        ids.map(|(_, signed)| signed.transaction.id(&chain))
            .any(|known| known == *id)
    }

    /// The first key of an actor.
    pub fn key(&self, actor: Actor) -> SigningKey {
        self.ledger.consortium.key(actor)
    }
}

/// Another key of the maker.
fn registration(ledger: &TestLedger, name: &str) -> Change {
    let account = ledger.consortium.account(Actor::Maker);
    let purposes = [KeyPurpose::Custody];
    let new = new_key(&ledger.chain_id(), &named_key(name), account, &purposes);
    Change::RegisterKey(new)
}

/// What was done before.
struct Stage {
    gtin: Gtin,
    run: RunId,
    to_receive: ShipmentId,
    to_reject: ShipmentId,
    to_cancel: ShipmentId,
    case: Sscc,
    /// Changes that are proposed: one needs approval, the others are of an account's own keys.
    to_approve: ChangeId,
    to_enact: (ChangeId, Change),
    to_withdraw: ChangeId,
}

impl Stage {
    fn set(ledger: &mut TestLedger) -> Self {
        let gtin = gtin("9506000", 1);
        let run = ledger.commission(Actor::Maker, gtin, ("L1", 0), (0, PACKS));
        ledger.commission(Actor::Maker, gtin, ("L2", 0), (1_000, 3));
        let mut ship = |first| {
            let sent = ledger.ship(Actor::Maker, Actor::Pharmacy, run, &[(first, 5)]);
            sent.expect("a legal shipment")
        };
        let (to_receive, to_reject, to_cancel) = (ship(20), ship(30), ship(40));
        ledger
            .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(0, 10)])
            .expect("a legal hand-over");
        let dispensed = Dispense {
            packs: packs(run, &[(0, 1)]),
        };
        let locked = Lock {
            packs: packs(run, &[(60, 2)]),
            reason: LockReason::Suspect,
        };
        let case = sscc("9506000", 1);
        let acts = [
            (Actor::Pharmacy, ActionBody::from(dispensed)),
            (Actor::Maker, locked.into()),
        ];
        for (actor, act) in acts {
            ledger.act(actor, act).expect("a legal action");
        }
        ledger
            .pack(Actor::Maker, case, run, &[(50, 5)])
            .expect("a legal packing");
        let authority = ledger.consortium.authority_key(0);
        let maker = ledger.consortium.key(Actor::Maker);
        let suspension = Change::SuspendOrganisation {
            organisation: ledger.consortium.organisation(Actor::OtherPharmacy),
        };
        let (enacted, withdrawn) = (
            registration(ledger, "enacted"),
            registration(ledger, "withdrawn"),
        );
        let mut propose = |key, change: &Change| {
            let proposed = ledger.propose(key, change);
            proposed.expect("a legal proposal")
        };
        Self {
            gtin,
            run,
            to_receive,
            to_reject,
            to_cancel,
            case,
            to_approve: propose(&authority, &suspension),
            to_enact: (propose(&maker, &enacted), enacted),
            to_withdraw: propose(&maker, &withdrawn),
        }
    }

    /// Changes of the consortium, one transaction of each kind. The approval is an authority's, who is none of
    /// the actors.
    fn with_changes(
        &self,
        ledger: &mut TestLedger,
        mut valid: Vec<(Actor, SignedTransaction)>,
    ) -> Vec<(Actor, SignedTransaction)> {
        let change = registration(ledger, "proposed");
        let (id, enacted) = self.to_enact.clone();
        let enactment = EnactChange {
            id,
            change: enacted,
        };
        let withdrawal = WithdrawChange {
            id: self.to_withdraw,
        };
        let own = [
            ledger.sign(Actor::Maker, ProposeChange { change }),
            ledger.sign(Actor::Maker, enactment),
            ledger.sign(Actor::Maker, withdrawal),
        ];
        valid.extend(own.map(|signed| (Actor::Maker, signed)));
        let authority = ledger.consortium.authority_key(1);
        let approval = ApproveChange {
            id: self.to_approve,
        };
        valid.push((Actor::Regulator, ledger.sign_with(&authority, approval)));
        valid
    }

    fn actions(&self, ledger: &TestLedger) -> Vec<(Actor, ActionBody)> {
        let mut actions = self.of_lots();
        actions.extend(self.of_custody(ledger));
        actions.extend(self.of_status());
        actions
    }

    fn of_lots(&self) -> Vec<(Actor, ActionBody)> {
        let other = run_id(self.gtin, "L2", 0);
        let commission = CommissionRun {
            gtin: self.gtin,
            lot: run_id(self.gtin, "L3", 0).lot,
            number: 0,
            expiry: date("2027-12-31"),
            manufactured: date("2025-12-01"),
            keys: BoundedList::new(pack_keys(&self.gtin, 5_000, 4)).expect("few packs"),
        };
        let recall = RecallLot {
            gtin: self.gtin,
            lot: other.lot,
            class: RecallClass::Two,
            notice: Digest::ZERO,
        };
        let close = CloseLot {
            gtin: self.gtin,
            lot: other.lot,
        };
        let anchor = AnchorDigest {
            kind: AnchorKind::Document,
            digest: Digest([9; 32]),
        };
        vec![
            (Actor::Maker, product(gtin("9506000", 2)).into()),
            (Actor::Maker, commission.into()),
            (Actor::Maker, close.into()),
            (Actor::Regulator, recall.into()),
            (Actor::Disposal, anchor.into()),
        ]
    }

    fn of_custody(&self, ledger: &TestLedger) -> Vec<(Actor, ActionBody)> {
        let pack = Pack {
            sscc: sscc("9506000", 2),
            packs: packs(self.run, &[(70, 5)]),
            units: BoundedList::new(vec![self.case]).expect("one unit"),
        };
        let unpack = Unpack {
            sscc: self.case,
            contents: UnpackContents::Some {
                packs: packs(self.run, &[(50, 2)]),
                units: BoundedList::empty(),
            },
        };
        let ship = Ship {
            to: ledger.consortium.account(Actor::Distributor),
            purpose: Purpose::Supply,
            packs: packs(self.run, &[(80, 40), (200, 9)]),
            units: BoundedList::new(vec![self.case]).expect("one unit"),
        };
        let short = ReceiveException {
            packs: packs(self.run, &[(24, 1)]),
            units: BoundedList::empty(),
            reason: ReceiveExceptionReason::Short,
        };
        let receive = Receive {
            shipment: self.to_receive,
            except: BoundedList::new(vec![short]).expect("one exception"),
        };
        let reject = Reject {
            shipment: self.to_reject,
            reason: RejectReason::NotOrdered,
        };
        let cancel = CancelShipment {
            shipment: self.to_cancel,
        };
        vec![
            (Actor::Maker, pack.into()),
            (Actor::Maker, unpack.into()),
            (Actor::Maker, ship.into()),
            (Actor::Pharmacy, receive.into()),
            (Actor::Pharmacy, reject.into()),
            (Actor::Maker, cancel.into()),
        ]
    }

    fn of_status(&self) -> Vec<(Actor, ActionBody)> {
        let dispense = Dispense {
            packs: packs(self.run, &[(1, 2)]),
        };
        let reactivate = Reactivate {
            packs: packs(self.run, &[(0, 1)]),
            reason: ReactivateReason::NotDispensed,
        };
        let lock = Lock {
            packs: packs(self.run, &[(3, 1)]),
            reason: LockReason::Suspect,
        };
        let unlock = Unlock {
            packs: packs(self.run, &[(60, 1)]),
        };
        let decommission = Decommission {
            packs: packs(self.run, &[(90, 1)]),
            reason: DecommissionReason::Damaged,
        };
        vec![
            (Actor::Pharmacy, dispense.into()),
            (Actor::Pharmacy, reactivate.into()),
            (Actor::Pharmacy, lock.into()),
            (Actor::Maker, unlock.into()),
            (Actor::Maker, decommission.into()),
        ]
    }
}
