//! Products.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use theriac_gs1::Gtin;
use theriac_ledger::action::{Country, StorageRange};
use theriac_ledger::identifier::OrganisationId;

use crate::entity::product;
use crate::error::StorageError;
use crate::{Database, Sequence, codec};

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductRecord {
    /// Its GTIN.
    pub gtin: Gtin,
    /// Name on the pack.
    pub name: String,
    /// Strength.
    pub strength: String,
    /// Dosage form.
    pub form: String,
    /// Doses in a pack.
    pub pack_size: u32,
    /// Who registered it.
    pub owner: OrganisationId,
    /// Storage temperatures.
    pub storage: Option<StorageRange>,
    /// Where it may be supplied.
    pub markets: Vec<Country>,
    /// The transaction that registered it.
    pub registered: Sequence,
}

/// One product.
pub async fn find_product(
    db: &Database,
    gtin: &Gtin,
) -> Result<Option<ProductRecord>, StorageError> {
    let row = product::Entity::find_by_id(gtin.as_str())
        .one(db.reader())
        .await?;
    row.as_ref().map(product_of).transpose()
}

/// Every product, by name.
pub async fn list_products(db: &Database) -> Result<Vec<ProductRecord>, StorageError> {
    let rows = product::Entity::find()
        .order_by_asc(product::Column::Name)
        .order_by_asc(product::Column::Gtin)
        .all(db.reader())
        .await?;
    rows.iter().map(product_of).collect()
}

/// Products of one owner by name, after one with this name and GTIN.
pub async fn page_products(
    db: &Database,
    owner: &OrganisationId,
    after: Option<&(String, Gtin)>,
    limit: u64,
) -> Result<Vec<ProductRecord>, StorageError> {
    let mut query =
        product::Entity::find().filter(product::Column::Owner.eq(codec::bytes(&owner.0)));
    if let Some((name, gtin)) = after {
        let beside = Condition::all()
            .add(product::Column::Name.eq(name.as_str()))
            .add(product::Column::Gtin.gt(gtin.as_str()));
        let later = product::Column::Name.gt(name.as_str());
        query = query.filter(Condition::any().add(later).add(beside));
    }
    let rows = query
        .order_by_asc(product::Column::Name)
        .order_by_asc(product::Column::Gtin)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.iter().map(product_of).collect()
}

fn product_of(row: &product::Model) -> Result<ProductRecord, StorageError> {
    let storage = row
        .celsius_tenths_min
        .zip(row.celsius_tenths_max)
        .map(|(min, max)| StorageRange {
            celsius_tenths_min: min,
            celsius_tenths_max: max,
        });
    Ok(ProductRecord {
        gtin: codec::text(&row.gtin, "products.gtin")?,
        name: row.name.clone(),
        strength: row.strength.clone(),
        form: row.form.clone(),
        pack_size: u32::try_from(row.pack_size).map_err(|_| StorageError::Corrupt {
            column: "products.pack_size",
        })?,
        owner: OrganisationId(codec::digest(&row.owner, "products.owner")?),
        storage,
        markets: codec::from_json(&row.markets, "products.markets")?,
        registered: Sequence(row.sequence),
    })
}
