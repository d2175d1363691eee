//! Adds to a label what is on record: the expiry of the batch, and the product's name.

use std::collections::BTreeMap;

use theriac_gs1::{CalendarDate, Gtin, Lot};
use theriac_http::problem::Problem;
use theriac_records::repository::lots::find_lot;
use theriac_records::repository::products::find_product;

use super::Labelled;
use crate::operation::{Desk, storage_problem};

/// What is on a label, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) labelled: Labelled,
    /// Name and strength of the product.
    pub(crate) title: Option<String>,
}

/// Reads products and batches, each once.
pub(crate) struct Describing<'d> {
    desk: &'d Desk,
    known: BTreeMap<(Gtin, Lot), (Option<String>, Option<CalendarDate>)>,
}

impl<'d> Describing<'d> {
    pub(crate) fn new(desk: &'d Desk) -> Self {
        Self {
            desk,
            known: BTreeMap::new(),
        }
    }

    pub(crate) async fn describe(&mut self, labelled: Labelled) -> Result<Described, Problem> {
        let Labelled::Item {
            gtin,
            lot,
            serial,
            expiry,
        } = labelled
        else {
            return Ok(Described {
                labelled,
                title: None,
            });
        };
        let (title, on_record) = self.batch(gtin, lot).await?;
        let expiry = expiry.or(on_record);
        Ok(Described {
            labelled: Labelled::Item {
                gtin,
                lot,
                serial,
                expiry,
            },
            title,
        })
    }

    async fn batch(
        &mut self,
        gtin: Gtin,
        lot: Lot,
    ) -> Result<(Option<String>, Option<CalendarDate>), Problem> {
        if let Some(known) = self.known.get(&(gtin, lot)) {
            return Ok(known.clone());
        }
        let database = &self.desk.database;
        let product = find_product(database, &gtin).await;
        let product = product.map_err(|error| storage_problem(&error))?;
        let record = find_lot(database, &gtin, &lot).await;
        let record = record.map_err(|error| storage_problem(&error))?;
        let title = product.map(|product| format!("{} {}", product.name, product.strength));
        let found = (title, record.map(|record| record.expiry));
        self.known.insert((gtin, lot), found.clone());
        Ok(found)
    }
}
