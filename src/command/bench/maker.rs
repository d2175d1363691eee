//! Packs to measure with.

use theriac_gs1::{CalendarDate, Gtin, Lot, SerialNumber, Sscc};
use theriac_http::random::system_random;
use theriac_ledger::action::{CommissionRun, Purpose, Receive, RegisterProduct, Ship};
use theriac_ledger::encoding::{BoundedList, BoundedText};
use theriac_ledger::identifier::{AccountId, PackKey, RunId, ShipmentId, TransactionId};
use theriac_ledger::pack_set::{PackRange, PackSet, PackSets};
use theriac_partner::serials::new_serials;

use super::authorities::Signer;

/// A GTIN with the demonstration's company prefix.
const GTIN: &str = "09506000134376";

/// Company prefix of the demonstration's maker, after an extension digit.
const SSCC_START: &str = "09506000";

/// Expiry of every lot; the first is what is printed in codes.
pub(super) const EXPIRY_IN_CODE: &str = "290630";
const EXPIRY: &str = "2029-06-30";
const MANUFACTURED: &str = "2026-01-01";

/// The product of the bench.
pub(super) fn product() -> anyhow::Result<RegisterProduct> {
    Ok(RegisterProduct {
        gtin: gtin()?,
        name: BoundedText::parse("Amoxicillin Andromachus")?,
        strength: BoundedText::parse("500 mg")?,
        form: BoundedText::parse("capsule")?,
        pack_size: 21,
        storage: None,
        markets: BoundedList::new(vec!["KE".parse()?])?,
    })
}

fn gtin() -> anyhow::Result<Gtin> {
    Ok(Gtin::parse(GTIN)?)
}

/// A run of a lot.
pub(super) fn run(lot: &str, number: u16) -> anyhow::Result<RunId> {
    Ok(RunId {
        gtin: gtin()?,
        lot: Lot::parse(lot)?,
        number,
    })
}

/// The query of a call that makes a batch.
pub(super) fn batch_query(lot: &str) -> String {
    format!("gtin={GTIN}&lot={lot}&expiry={EXPIRY}&manufactured={MANUFACTURED}")
}

/// Serials as the manufacturer's service gives them.
pub(super) fn serials(count: usize) -> Vec<SerialNumber> {
    new_serials(count, &mut system_random())
}

/// Commissions these serials as one run.
pub(super) fn commission(run: RunId, serials: &[SerialNumber]) -> anyhow::Result<CommissionRun> {
    let keys = serials
        .iter()
        .map(|serial| PackKey::new(&run.gtin, serial))
        .collect();
    Ok(CommissionRun {
        gtin: run.gtin,
        lot: run.lot,
        number: run.number,
        expiry: CalendarDate::parse(EXPIRY)?,
        manufactured: CalendarDate::parse(MANUFACTURED)?,
        keys: BoundedList::new(keys)?,
    })
}

/// What a scanner reads on a pack.
pub(super) fn code(run: &RunId, serial: &SerialNumber) -> String {
    format!(
        "(01){GTIN}(17){EXPIRY_IN_CODE}(10){}(21){}",
        run.lot,
        serial.as_str()
    )
}

/// A number of the maker's for a handling unit.
pub(super) fn sscc(number: u32) -> anyhow::Result<Sscc> {
    let digits = format!("{SSCC_START}{number:09}");
    let fits = (0..10).find_map(|check| Sscc::parse(&format!("{digits}{check}")).ok());
    fits.ok_or_else(|| anyhow::anyhow!("no check digit fits {digits}"))
}

/// Consecutive packs of one run.
pub(super) fn packs(run: RunId, first: u32, count: u32) -> anyhow::Result<PackSets> {
    let ranges = BoundedList::new(vec![PackRange { first, count }])?;
    Ok(BoundedList::new(vec![PackSet { run, ranges }])?)
}

/// Ships packs.
pub(super) fn ship(to: AccountId, packs: PackSets) -> Ship {
    Ship {
        to,
        purpose: Purpose::Supply,
        packs,
        units: BoundedList::empty(),
    }
}

/// Ships one unit.
pub(super) fn ship_unit(to: AccountId, purpose: Purpose, unit: Sscc) -> anyhow::Result<Ship> {
    let units = BoundedList::new(vec![unit])?;
    Ok(Ship {
        to,
        purpose,
        packs: BoundedList::empty(),
        units,
    })
}

/// Receives what a transaction shipped, whole.
pub(super) fn receive(shipped: &TransactionId) -> Receive {
    Receive {
        shipment: ShipmentId::of_ship(shipped),
        except: BoundedList::empty(),
    }
}

/// Commissions a full run and hands it to another member.
pub(super) async fn hand_over(
    maker: &Signer,
    to: &Signer,
    lot: &str,
    count: u32,
) -> anyhow::Result<RunId> {
    let run = run(lot, 0)?;
    maker
        .act(commission(run, &serials(usize::try_from(count)?))?)
        .await?;
    let shipped = maker.act(ship(to.account, packs(run, 0, count)?)).await?;
    to.act(receive(&shipped)).await?;
    Ok(run)
}
