//! What happens, scene by scene.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use theriac_client::{NodeClient, NodeUrl, TimeLimits, TrustedSets};
use theriac_crypto::{PublicKey, SigningKey};
use theriac_gs1::{Gtin, Lot, SerialNumber};
use theriac_http::random::system_random;
use theriac_ledger::action::{
    CommissionRun, EnactChange, ProposeChange, Purpose, Receive, RegisterProduct, Ship,
};
use theriac_ledger::change::{Change, KeyRotation, NewKey};
use theriac_ledger::encoding::{BoundedList, BoundedText};
use theriac_ledger::identifier::{AccountId, ChangeId, PackKey, RunId, ShipmentId};
use theriac_ledger::pack_set::{PackRange, PackSet};
use theriac_ledger::record::{KeyPurpose, Role};

use super::super::processes::Process;
use super::super::stage::{Stage, start};
use super::Step;
use super::hand::{Done, FINAL, Hand, clients, decide};
use super::newcomer::Newcomer;

/// How long anything may take on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Company prefix of the maker that joins, from GS1's block for examples.
const PREFIX: &str = "9506010";
pub(super) const MEDICINE: &str = "09506010000012";
pub(super) const LOT: &str = "JOINED-1";

pub(super) struct Scenes<'s> {
    pub(super) stage: &'s Stage,
    folder: PathBuf,
    authorities: Vec<Hand>,
    reader: NodeClient,
    started: Vec<Process>,
    steps: Vec<Step>,
    validator_steps: usize,
}

impl<'s> Scenes<'s> {
    pub(super) fn new(stage: &'s Stage, folder: &Path) -> anyhow::Result<Self> {
        let authorities: Vec<Hand> = stage
            .consortium
            .authorities
            .iter()
            .map(|member| Hand::of(stage, member))
            .collect::<Result<_, _>>()?;
        let first = authorities.first().context("there are authorities")?;
        let reader = clients(stage, &first.key)?.swap_remove(0);
        Ok(Self {
            stage,
            folder: folder.to_owned(),
            authorities,
            reader,
            started: Vec::new(),
            steps: Vec::new(),
            validator_steps: 0,
        })
    }

    pub(super) fn into_parts(self) -> (Vec<Step>, usize) {
        (self.steps, self.validator_steps)
    }

    /// Stops what was started here.
    pub(super) async fn stop(&mut self) {
        super::super::processes::stop_all(&mut self.started).await;
    }

    pub(super) async fn play(&mut self) -> anyhow::Result<()> {
        self.authorities_change().await?;
        let newcomer = self.organisation_joins().await?;
        self.standing_changes(&newcomer).await?;
        self.key_is_stolen().await?;
        self.key_is_lost(&newcomer).await?;
        self.light_client_follows().await
    }

    /// Two thirds of the authorities that vote now decide.
    pub(super) async fn decide(&self, change: Change) -> anyhow::Result<Done> {
        let members = self.reader.status().await?.validators.members().len();
        decide(&self.authorities, (2 * members).div_ceil(3), change).await
    }

    pub(super) fn take_down(&mut self, name: &'static str, done: Done, expected: &str) {
        self.note(name, done.height, done.outcome, expected);
    }

    pub(super) fn note(
        &mut self,
        name: &'static str,
        height: Option<u64>,
        outcome: String,
        expected: &str,
    ) {
        crate::output::note(&format!("{name}: {outcome}"));
        self.steps.push(Step {
            name,
            height,
            outcome,
            expected: expected.to_owned(),
        });
    }

    /// A fifth authority joins, and the fourth leaves.
    async fn authorities_change(&mut self) -> anyhow::Result<()> {
        let chain = self.stage.consortium.anchor.chain_id();
        let fifth = Newcomer::new(&self.folder, "authority-5")?;
        let who = ("Chamber of Hospitals", Role::Authority, "9506000111056");
        let application = fifth.application(&chain, who, &[])?;
        let done = self.decide(Change::AdmitOrganisation(application)).await?;
        self.take_down("a fifth authority is admitted", done, FINAL);
        let (node, new) = fifth.node(self.stage)?;
        let validator = new.validator;
        self.started.push(start(&self.folder, &node)?);
        let done = self.decide(Change::AddValidator(new)).await?;
        self.take_down("its validator gets a vote", done, FINAL);
        let height = self.first_signature(validator).await?;
        self.note(
            "its validator signs blocks",
            Some(height),
            "signs".to_owned(),
            "signs",
        );
        let leaving = self.stage.consortium.authorities[3].public_key;
        let change = Change::RemoveValidator { validator: leaving };
        let done = self.decide(change).await?;
        self.take_down("the fourth authority leaves", done, FINAL);
        let members = self.reader.status().await?.validators.members().len();
        self.note("validators afterwards", None, members.to_string(), "4");
        Ok(())
    }

    /// The first height at which a key's signature is in a certificate.
    async fn first_signature(&self, key: PublicKey) -> anyhow::Result<u64> {
        let search = async {
            loop {
                let head = self.reader.header(None).await?;
                let signatures = &head.certificate.signatures;
                if signatures.iter().any(|one| one.validator == key) {
                    return anyhow::Ok(head.header.height);
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.context("the new validator signs nothing")?
    }

    /// A maker joins and hands packs over.
    async fn organisation_joins(&mut self) -> anyhow::Result<Newcomer> {
        let chain = self.stage.consortium.anchor.chain_id();
        let maker = Newcomer::new(&self.folder, "newcomer")?;
        let who = ("Theodora Laboratories", Role::Manufacturer, "9506010000005");
        let application = maker.application(&chain, who, &[PREFIX])?;
        let done = self.decide(Change::AdmitOrganisation(application)).await?;
        self.take_down("a maker is admitted", done, FINAL);
        let hand = Hand::with(self.stage, maker.key.clone(), maker.account)?;
        let distributor = Hand::of(self.stage, self.stage.consortium.member("distributor"))?;
        let done = hand.act(product()?).await?;
        self.take_down("it registers a product", done, FINAL);
        let done = hand.act(commission()?).await?;
        self.take_down("it commissions packs", done, FINAL);
        let done = hand.act(ship(distributor.account, 0, 5)?).await?;
        let shipment = ShipmentId::of_ship(&done.id);
        self.take_down("it ships some of them", done, FINAL);
        let done = distributor.act(receive(shipment)).await?;
        self.take_down("the distributor receives them", done, FINAL);
        Ok(maker)
    }

    /// The maker is suspended, refused, and restored.
    async fn standing_changes(&mut self, maker: &Newcomer) -> anyhow::Result<()> {
        let organisation = maker.organisation;
        let change = Change::SuspendOrganisation { organisation };
        let done = self.decide(change).await?;
        self.take_down("the maker is suspended", done, FINAL);
        let hand = Hand::with(self.stage, maker.key.clone(), maker.account)?;
        let distributor = self.stage.consortium.member("distributor").account;
        let done = hand.act(ship(distributor, 5, 5)?).await?;
        self.take_down("it may not ship for supply", done, "organisation_suspended");
        let change = Change::RestoreOrganisation { organisation };
        let done = self.decide(change).await?;
        self.take_down("the suspension ends", done, FINAL);
        Ok(())
    }

    /// The maker has lost its key, and has the one that it keeps offline.
    async fn key_is_lost(&mut self, maker: &Newcomer) -> anyhow::Result<()> {
        let recovery = Hand::with(self.stage, maker.recovery.clone(), maker.account)?;
        let fresh = SigningKey::generate(&mut system_random());
        let new = self.proved(&fresh, maker.account)?;
        let change = Change::RotateKey(KeyRotation {
            old: maker.key.public_key(),
            new,
        });
        let proposal = ProposeChange {
            change: change.clone(),
        };
        let done = recovery.act(proposal).await?;
        let id = ChangeId::of_proposal(&done.id);
        self.take_down("the recovery key proposes a new one", done, FINAL);
        let enactment = EnactChange { id, change };
        let done = recovery.act(enactment.clone()).await?;
        self.take_down("not before the time for a veto", done, "change_too_early");
        self.wait_until_ready(&id).await?;
        let done = recovery.act(enactment).await?;
        self.take_down("then the new key begins", done, FINAL);
        let hand = Hand::with(self.stage, fresh, maker.account)?;
        let distributor = self.stage.consortium.member("distributor").account;
        let done = hand.act(ship(distributor, 5, 5)?).await?;
        self.take_down("the maker ships with it", done, FINAL);
        Ok(())
    }

    async fn wait_until_ready(&self, id: &ChangeId) -> anyhow::Result<()> {
        let wait = async {
            loop {
                // It may be final at the node that took it a moment before it is here.
                match self.reader.change(id).await {
                    Ok(answer) if answer.time >= answer.record.ready_at => {
                        return anyhow::Ok(());
                    }
                    Err(error) if error.problem().is_none_or(|one| one.status != 404) => {
                        return Err(error.into());
                    }
                    _ => {}
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        waited.context("the time for a veto does not end")?
    }

    pub(super) async fn own_change(&self, hand: &Hand, change: Change) -> anyhow::Result<Done> {
        let proposal = ProposeChange {
            change: change.clone(),
        };
        let proposed = hand.act(proposal).await?;
        if proposed.height.is_none() {
            return Ok(proposed);
        }
        let id = ChangeId::of_proposal(&proposed.id);
        hand.act(EnactChange { id, change }).await
    }

    pub(super) fn proved(&self, key: &SigningKey, account: AccountId) -> anyhow::Result<NewKey> {
        let chain = self.stage.consortium.anchor.chain_id();
        let purposes = vec![KeyPurpose::Custody, KeyPurpose::Request].try_into()?;
        Ok(NewKey::prove(&chain, key, account, purposes))
    }

    /// Whoever trusts the anchor alone follows every change of the validators.
    async fn light_client_follows(&mut self) -> anyhow::Result<()> {
        let sets = TrustedSets::new(&self.stage.consortium.anchor);
        let url = NodeUrl::parse(&self.stage.nodes[1].address)?;
        let node = NodeClient::new(url, TimeLimits::default(), None)?;
        let head = node.header(None).await?;
        let verified = sets.verify(&node, &head.header, &head.certificate).await;
        self.validator_steps = node.validator_steps(0).await?.steps.len();
        let outcome = match verified {
            Ok(()) => "verified".to_owned(),
            Err(error) => bail!("the head is not verified from genesis: {error}"),
        };
        self.note(
            "a light client follows from genesis",
            Some(head.header.height),
            outcome,
            "verified",
        );
        Ok(())
    }
}

fn run() -> anyhow::Result<RunId> {
    Ok(RunId {
        gtin: Gtin::parse(MEDICINE)?,
        lot: Lot::parse(LOT)?,
        number: 0,
    })
}

/// The serial number of a pack of the run.
pub(super) fn serial(position: u32) -> anyhow::Result<SerialNumber> {
    Ok(SerialNumber::parse(&format!("JOINED{position}"))?)
}

/// Some packs of the run, for supply.
pub(super) fn ship(to: AccountId, first: u32, count: u32) -> anyhow::Result<Ship> {
    let range = PackRange { first, count };
    let set = PackSet {
        run: run()?,
        ranges: vec![range].try_into()?,
    };
    Ok(Ship {
        to,
        purpose: Purpose::Supply,
        packs: vec![set].try_into()?,
        units: BoundedList::empty(),
    })
}

/// A delivery without exceptions.
pub(super) fn receive(shipment: ShipmentId) -> Receive {
    let except = BoundedList::empty();
    Receive { shipment, except }
}

fn product() -> anyhow::Result<RegisterProduct> {
    Ok(RegisterProduct {
        gtin: Gtin::parse(MEDICINE)?,
        name: BoundedText::parse("Theodora 20 mg")?,
        strength: BoundedText::parse("20 mg")?,
        form: BoundedText::parse("tablet")?,
        pack_size: 30,
        storage: None,
        markets: vec!["KE".parse()?].try_into()?,
    })
}

fn commission() -> anyhow::Result<CommissionRun> {
    let RunId { gtin, lot, number } = run()?;
    let keys = (0..10).map(|position| Ok(PackKey::new(&gtin, &serial(position)?)));
    let keys: Vec<PackKey> = keys.collect::<anyhow::Result<_>>()?;
    Ok(CommissionRun {
        gtin,
        lot,
        number,
        expiry: "2030-12-31".parse()?,
        manufactured: "2026-01-01".parse()?,
        keys: keys.try_into()?,
    })
}
