//! The golden vectors of votes, proposals and certificates.

#[path = "golden/vectors.rs"]
mod vectors;

#[test]
fn the_vectors_of_votes_are_as_they_were() {
    let known: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/votes.json")).unwrap();
    assert!(
        known == vectors::votes(),
        "a change of format needs a decision record; \
         `cargo run -p theriac-proof --example golden -- --update` writes the vectors anew"
    );
}
