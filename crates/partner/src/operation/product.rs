//! Registering a product.

use serde::{Deserialize, Serialize};
use theriac_http::problem::Problem;
use theriac_ledger::action::{ActionBody, Country, RegisterProduct, StorageRange};
use theriac_ledger::constants::COUNTRIES_MAX;
use theriac_ledger::encoding::{BoundedList, BoundedText};
use utoipa::ToSchema;

use super::{Desk, Plan, Planned};
use crate::faults::Faults;

/// A product to register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductBody {
    /// Its GTIN.
    #[schema(example = "09506000134352")]
    pub gtin: String,
    /// Name on the pack.
    #[schema(example = "Amoxicillin")]
    pub name: String,
    /// Strength.
    #[schema(example = "500 mg")]
    pub strength: String,
    /// Dosage form.
    #[schema(example = "capsule")]
    pub form: String,
    /// Doses in a pack.
    #[schema(value_type = u64, minimum = 1, maximum = 4_294_967_295_u64)]
    pub pack_size: u32,
    /// Storage temperatures, where they matter.
    #[serde(default)]
    pub storage: Option<StorageBody>,
    /// Countries in which it may be supplied (ISO 3166-1 alpha-2).
    #[schema(example = json!(["KE"]))]
    pub markets: Vec<String>,
}

/// Temperatures between which a product is stored, in tenths of a degree Celsius.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageBody {
    /// Lowest, in 0.1 °C.
    pub celsius_tenths_min: i16,
    /// Highest, in 0.1 °C.
    pub celsius_tenths_max: i16,
}

/// Plans the registration of a product.
///
/// # Errors
///
/// A problem that lists everything wrong; also when the GTIN is under no prefix of the signer's
/// organisation.
pub async fn register(desk: &Desk, body: &ProductBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let action = read(&mut faults, body);
    if let Some(action) = &action {
        let organisation = desk.own_organisation().await?;
        let prefixes = &organisation.gs1_prefixes;
        if !prefixes
            .iter()
            .any(|prefix| prefix.matches_gtin(&action.gtin))
        {
            let own: Vec<_> = prefixes.iter().map(ToString::to_string).collect();
            let detail = format!(
                "GTIN {} is under no GS1 company prefix of {} ({})",
                action.gtin,
                organisation.legal_name,
                own.join(", ")
            );
            faults.add("gtin", "prefix_not_own", detail);
        }
    }
    let action = faults.finish(action)?;
    let words = format!(
        "register product {}: {} {}, {}",
        action.gtin, body.name, body.strength, body.form
    );
    Ok(Plan::of(Planned::new(
        ActionBody::RegisterProduct(action),
        words,
    )))
}

fn read(faults: &mut Faults, body: &ProductBody) -> Option<RegisterProduct> {
    let gtin = faults.gtin("gtin", &body.gtin);
    let name = text(faults, "name", &body.name);
    let strength = text(faults, "strength", &body.strength);
    let form = text(faults, "form", &body.form);
    if body.pack_size == 0 {
        faults.add(
            "pack_size",
            "out_of_bounds",
            "a pack holds at least one dose",
        );
    }
    let markets = markets(faults, &body.markets);
    if let Some(range) = &body.storage
        && range.celsius_tenths_min > range.celsius_tenths_max
    {
        faults.add(
            "storage",
            "out_of_bounds",
            "the lowest temperature is above the highest",
        );
    }
    Some(RegisterProduct {
        gtin: gtin?,
        name: name?,
        strength: strength?,
        form: form?,
        pack_size: body.pack_size,
        storage: body.storage.map(|range| StorageRange {
            celsius_tenths_min: range.celsius_tenths_min,
            celsius_tenths_max: range.celsius_tenths_max,
        }),
        markets: markets?,
    })
}

fn text<const MAX: usize>(faults: &mut Faults, at: &str, text: &str) -> Option<BoundedText<MAX>> {
    if text.is_empty() {
        faults.add(at, "text_missing", "the text is empty");
        return None;
    }
    faults.keep(at, "text_invalid", BoundedText::parse(text))
}

fn markets(faults: &mut Faults, texts: &[String]) -> Option<BoundedList<Country, COUNTRIES_MAX>> {
    if texts.is_empty() || texts.len() > COUNTRIES_MAX {
        let detail = format!("name 1 to {COUNTRIES_MAX} countries, such as KE");
        faults.add("markets", "out_of_bounds", detail);
        return None;
    }
    let mut countries: Vec<Country> = texts
        .iter()
        .enumerate()
        .filter_map(|(index, text)| {
            faults.keep(
                &format!("markets[{index}]"),
                "country_invalid",
                Country::parse(text),
            )
        })
        .collect();
    countries.sort_unstable();
    countries.dedup();
    faults.keep("markets", "out_of_bounds", BoundedList::new(countries))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> ProductBody {
        ProductBody {
            gtin: "09506000134352".to_owned(),
            name: "Amoxicillin".to_owned(),
            strength: "500 mg".to_owned(),
            form: "capsule".to_owned(),
            pack_size: 30,
            storage: None,
            markets: vec!["UG".to_owned(), "KE".to_owned(), "KE".to_owned()],
        }
    }

    #[test]
    fn markets_are_put_in_order() {
        let mut faults = Faults::new();
        let action = read(&mut faults, &body()).unwrap();
        let markets: Vec<_> = action.markets.iter().map(ToString::to_string).collect();
        assert_eq!(markets, ["KE", "UG"]);
        assert!(faults.is_empty());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let mut faults = Faults::new();
        let wrong = ProductBody {
            gtin: "09506000134353".to_owned(),
            name: String::new(),
            pack_size: 0,
            storage: Some(StorageBody {
                celsius_tenths_min: 80,
                celsius_tenths_max: 20,
            }),
            markets: vec!["Kenya".to_owned()],
            ..body()
        };
        read(&mut faults, &wrong);
        let errors = faults.check().unwrap_err().body(None).errors;
        let fields: Vec<_> = errors.iter().map(|error| error.at.as_str()).collect();
        assert_eq!(
            fields,
            ["gtin", "name", "pack_size", "markets[0]", "storage"]
        );
    }
}
