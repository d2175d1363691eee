//! One program at a time.

use theriac_records::{Tenancy, TenancyError};

use crate::databases::{Kind, Place, on_both_databases};

on_both_databases!(
    a_second_program_is_told_that_the_database_is_taken,
    a_database_is_free_when_the_program_before_has_ended,
);

async fn a_second_program_is_told_that_the_database_is_taken(kind: Kind) {
    let place = Place::new(kind);
    let first = Tenancy::take(&place.settings).await.unwrap();
    let error = Tenancy::take(&place.settings).await.unwrap_err();
    assert!(matches!(error, TenancyError::Taken), "{error:?}");
    drop(first);
}

async fn a_database_is_free_when_the_program_before_has_ended(kind: Kind) {
    let place = Place::new(kind);
    for _ in 0..3 {
        drop(Tenancy::take(&place.settings).await.unwrap());
    }
}
