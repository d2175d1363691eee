//! Packs, a unit and a shipment of accounts that are not the service's.

use theriac_crypto::{Digest, PublicKey};
use theriac_gs1::{Gtin, Sscc};
use theriac_ledger::action::{ActionBody, CommissionRun, Pack, Purpose, Ship};
use theriac_ledger::block::{Header, Parent, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::testing::{
    Actor, Consortium, commission_run, gtin, packs, product, run_id, sscc,
};
use theriac_ledger::transaction::Transaction;
use theriac_records::Database;
use theriac_records::fold::{BatchFold, FinalBlock, FinalTransaction};
use theriac_records::genesis::store_genesis;

/// What belongs to others: another maker sends a pallet to another pharmacy.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// The product.
    pub gtin: Gtin,
    /// Its batch.
    pub lot: String,
    /// A unit in the shipment.
    pub sscc: Sscc,
    /// The shipment, open.
    pub shipment: ShipmentId,
    /// A pack that the other maker holds, as its code.
    pub code: String,
    /// The other pharmacy.
    pub account: String,
}

/// Folds it into a new read model.
pub(crate) async fn fill(db: &Database, consortium: &Consortium, anchor: &Anchor) -> Foreign {
    store_genesis(db, anchor, &consortium.records)
        .await
        .unwrap();
    let item = gtin("9506001", 7);
    let run = run_id(item, "F1", 0);
    let pallet = sscc("9506001", 1);
    let commission: CommissionRun = commission_run(run, 0, 20);
    let pack = Pack {
        sscc: pallet,
        packs: packs(run, &[(0, 10)]),
        units: BoundedList::empty(),
    };
    let ship = Ship {
        to: consortium.account(Actor::OtherPharmacy),
        purpose: Purpose::Supply,
        packs: BoundedList::empty(),
        units: BoundedList::new(vec![pallet]).unwrap(),
    };
    let bodies = [
        ActionBody::RegisterProduct(product(item)),
        ActionBody::CommissionRun(commission),
        ActionBody::Pack(pack),
        ActionBody::Ship(ship),
    ];
    let ids = fold(db, consortium, anchor, &bodies).await;
    Foreign {
        gtin: item,
        lot: "F1".to_owned(),
        sscc: pallet,
        shipment: ShipmentId(ids.last().unwrap().0),
        code: format!("(01){item}(21)15"),
        account: consortium.account(Actor::OtherPharmacy).to_string(),
    }
}

async fn fold(
    db: &Database,
    consortium: &Consortium,
    anchor: &Anchor,
    bodies: &[ActionBody],
) -> Vec<theriac_ledger::identifier::TransactionId> {
    let parent = Parent::genesis(anchor);
    let key = consortium.key(Actor::OtherMaker);
    let signed: Vec<_> = (1_u8..)
        .zip(bodies)
        .map(|(salt, body)| {
            Transaction {
                signer: key.public_key(),
                salt: [salt; 16],
                valid_until: parent.time.saturating_add(60_000),
                action: body.to_action().unwrap(),
                details: None,
            }
            .sign(&parent.chain_id, &key)
        })
        .collect();
    let header = Header {
        protocol: PROTOCOL,
        chain_id: parent.chain_id,
        height: 1,
        time: parent.time.saturating_add(1_000),
        parent: parent.digest,
        proposer: PublicKey([0; 32]),
        transactions_root: transactions_root(&signed),
        transaction_count: u32::try_from(signed.len()).unwrap(),
        state_root: Digest::ZERO,
        validators: parent.next_validators,
        next_validators: parent.next_validators,
    };
    let transactions: Vec<_> = signed
        .iter()
        .zip(bodies)
        .map(|(signed, body)| FinalTransaction {
            id: signed.transaction.id(&parent.chain_id),
            signed,
            body,
        })
        .collect();
    let block = FinalBlock {
        header: &header,
        transactions: &transactions,
    };
    BatchFold::default().fold(db, &[block]).await.unwrap();
    transactions
        .iter()
        .map(|transaction| transaction.id)
        .collect()
}
