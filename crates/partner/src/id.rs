//! Ids of what a service keeps: random, and chosen before anything is stored.

use theriac_client::Generator;

/// A new id: a UUID, version 4.
pub(crate) fn new_id(generator: &Generator) -> String {
    let id = uuid::Builder::from_random_bytes(generator.bytes());
    id.into_uuid().to_string()
}
