use super::*;

#[derive(Debug, thiserror::Error)]
#[error("cannot write the block")]
struct Outer(#[source] Inner);

#[derive(Debug, thiserror::Error)]
#[error("disk /dev/secret is full")]
struct Inner;

fn json(problem: &Problem) -> serde_json::Value {
    serde_json::to_value(problem.body(Some("r-1".to_owned()))).unwrap()
}

#[test]
fn body_has_the_members_of_rfc_9457_and_ours() {
    let problem = Problem::new(ProblemCode::NotFound, "no lot A1 of this product")
        .with_hint("register the lot first");
    assert_eq!(
        json(&problem),
        serde_json::json!({
            "type": "/problems/not_found",
            "title": "Not found",
            "status": 404,
            "code": "not_found",
            "detail": "no lot A1 of this product",
            "hint": "register the lot first",
            "request_id": "r-1",
        })
    );
}

#[test]
fn internal_problem_says_nothing_of_its_cause() {
    let problem = Problem::internal(&Outer(Inner));
    let text = json(&problem).to_string();
    assert!(!text.contains("disk"), "{text}");
    assert!(!text.contains("block"), "{text}");
    assert_eq!(problem.status_code(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[test]
fn chain_names_every_source_once() {
    assert_eq!(
        chain(&Outer(Inner)),
        "cannot write the block: disk /dev/secret is full"
    );
}

#[test]
fn rows_past_the_bound_are_counted_only() {
    let rows = (0..ROW_ERRORS_MAX + 7)
        .map(|row| RowError::new(format!("line {row}"), "duplicate_serial", "seen on line 1"));
    let body = Problem::new(ProblemCode::InvalidInput, "1007 rows are wrong")
        .with_errors(rows)
        .body(None);
    assert_eq!(body.errors.len(), ROW_ERRORS_MAX);
    assert_eq!(body.errors_omitted, 7);
}

#[test]
fn long_detail_is_cut_at_a_character() {
    let problem = Problem::new(ProblemCode::BadRequest, "é".repeat(DETAIL_CHARS_MAX + 1));
    assert_eq!(problem.detail().chars().count(), DETAIL_CHARS_MAX + 1);
    assert!(problem.detail().ends_with('…'));
}

#[test]
fn unauthorised_problems_carry_a_challenge() {
    let response = Problem::new(ProblemCode::CredentialsMissing, "no key").error_response();
    assert_eq!(
        response.headers().get("www-authenticate").unwrap(),
        "Bearer"
    );
}

#[test]
fn retry_after_is_a_header() {
    let response = Problem::new(ProblemCode::RateLimited, "slow down")
        .with_retry_after_s(3)
        .error_response();
    assert_eq!(response.headers().get("retry-after").unwrap(), "3");
    assert_eq!(
        response.headers().get("content-type").unwrap(),
        PROBLEM_MEDIA_TYPE
    );
}

#[test]
fn body_survives_a_round_trip() {
    let body = Problem::new(ProblemCode::Rejected("not_in_custody"), "held by another")
        .body(Some("r-2".to_owned()));
    let text = serde_json::to_string(&body).unwrap();
    assert_eq!(serde_json::from_str::<ProblemBody>(&text).unwrap(), body);
}

#[test]
fn rule_of_another_program_is_passed_on_only_as_a_code() {
    let problem = Problem::new(ProblemCode::Rejected("rejected"), "no");
    let passed_on = problem.clone().with_rule("lot_recalled").body(None);
    assert_eq!(passed_on.code, "lot_recalled");
    assert_eq!(passed_on.kind, "/problems/lot_recalled");
    for text in ["", "A b", &"x".repeat(65)] {
        let body = problem.clone().with_rule(text).body(None);
        assert_eq!(body.code, "rejected");
    }
}
