//! Where a case stands: a function of what the ledger says and of what both sides said, in the order of the chain.

use serde::{Deserialize, Serialize};

use super::Resolution;
use super::message::Content;

/// Time to answer and settle, in milliseconds: three days, and one where a falsified pack is suspected, as
/// partners must then be told within 24 hours (DSCSA, section 582).
pub const DUE_MS: u64 = 3 * 24 * 60 * 60 * 1000;
/// The shorter time.
pub const DUE_SUSPECT_MS: u64 = 24 * 60 * 60 * 1000;

/// A side of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who says that something is wrong.
    Reporter,
    /// Who delivered it.
    Respondent,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Reporter => Self::Respondent,
            Self::Respondent => Self::Reporter,
        }
    }
}

/// What became of the rest of a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestEnd {
    /// The addressee received it after all.
    Received,
    /// The addressee refused it: it is the sender's.
    Rejected,
    /// The sender took it back.
    Cancelled,
    /// Everything in it was taken out of supply.
    Emptied,
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The respondent has said nothing yet.
    Open,
    /// The respondent has answered.
    Answered,
    /// Nothing is left to do.
    Settled,
}

impl State {
    /// As requests write them.
    pub const WORDS: [&'static str; 3] = ["open", "answered", "settled"];
}

/// What settled a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettledBy {
    /// What became of the rest.
    Ledger(RestEnd),
    /// The message at this place: both sides stand for the same.
    Agreement(usize),
}

/// A case, judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// What the reporter stands for.
    pub reporter: Option<Resolution>,
    /// What the respondent stands for.
    pub respondent: Option<Resolution>,
    /// What settled it.
    pub settled_by: Option<SettledBy>,
    /// What was done, where somebody said so.
    pub resolution: Option<Resolution>,
}

impl Standing {
    /// What a side stands for.
    pub fn of(&self, side: Side) -> Option<Resolution> {
        match side {
            Side::Reporter => self.reporter,
            Side::Respondent => self.respondent,
        }
    }
}

/// Judges a case by what became of its rest, where it has one, and by what was said in the order of the chain.
///
/// A settlement counts when the other side stands for the same at that moment: nobody settles a case alone. A case
/// with a rest is settled by what becomes of the rest and by nothing else; a settlement then only says what was
/// done.
pub fn judge<'c>(
    rest: Option<Option<RestEnd>>,
    said: impl IntoIterator<Item = (Side, &'c Content)>,
) -> Standing {
    let mut standing = Standing {
        state: State::Open,
        reporter: None,
        respondent: None,
        settled_by: None,
        resolution: None,
    };
    for (index, (side, content)) in said.into_iter().enumerate() {
        if side == Side::Respondent {
            standing.state = State::Answered;
        }
        let stands_for = match content {
            Content::Report { resolution, .. } => Some(*resolution),
            Content::Answer { resolution, .. } => *resolution,
            Content::Settlement { resolution, .. } => {
                if rest.is_some() {
                    standing.resolution = Some(*resolution);
                } else if standing.of(side.other()) == Some(*resolution) {
                    standing.resolution = Some(*resolution);
                    standing
                        .settled_by
                        .get_or_insert(SettledBy::Agreement(index));
                }
                Some(*resolution)
            }
        };
        match side {
            Side::Reporter => standing.reporter = stands_for,
            Side::Respondent => standing.respondent = stands_for,
        }
        if standing.settled_by.is_some() {
            break;
        }
    }
    if let Some(Some(end)) = rest {
        standing.settled_by = Some(SettledBy::Ledger(end));
    }
    if standing.settled_by.is_some() {
        standing.state = State::Settled;
    }
    standing
}

#[cfg(test)]
mod tests {
    use super::*;
    use Resolution::{CreditAccount, SendNewData, SendProduct};
    use theriac_crypto::Digest;
    use theriac_ledger::encoding::BoundedList;

    const CASE: Digest = Digest([1; 32]);

    fn report(resolution: Resolution) -> Content {
        Content::Report {
            shipment: None,
            lines: BoundedList::empty(),
            resolution,
        }
    }

    fn answer(resolution: Option<Resolution>) -> Content {
        Content::Answer {
            case: CASE,
            resolution,
        }
    }

    fn settlement(resolution: Resolution) -> Content {
        Content::Settlement {
            case: CASE,
            resolution,
            shipment: None,
        }
    }

    fn judged(said: &[(Side, Content)]) -> Standing {
        judge(None, said.iter().map(|(side, content)| (*side, content)))
    }

    #[test]
    fn a_case_is_open_until_the_respondent_speaks() {
        let said = [(Side::Reporter, report(SendNewData))];
        let standing = judged(&said);
        assert_eq!(standing.state, State::Open);
        assert_eq!(standing.reporter, Some(SendNewData));
        let said = [said[0].clone(), (Side::Respondent, answer(None))];
        assert_eq!(judged(&said).state, State::Answered);
    }

    #[test]
    fn nobody_settles_a_case_alone() {
        for (side, content) in [
            (Side::Reporter, settlement(SendNewData)),
            (Side::Respondent, settlement(CreditAccount)),
        ] {
            let said = [
                (Side::Reporter, report(SendNewData)),
                (side, content.clone()),
            ];
            assert_eq!(judged(&said).settled_by, None, "{content:?}");
        }
    }

    #[test]
    fn the_respondent_settles_by_doing_what_the_reporter_asked() {
        let said = [
            (Side::Reporter, report(SendNewData)),
            (Side::Respondent, settlement(SendNewData)),
        ];
        let standing = judged(&said);
        assert_eq!(standing.state, State::Settled);
        assert_eq!(standing.settled_by, Some(SettledBy::Agreement(1)));
        assert_eq!(standing.resolution, Some(SendNewData));
    }

    #[test]
    fn a_settlement_counts_against_what_the_other_stands_for_at_that_moment() {
        let said = [
            (Side::Reporter, report(SendNewData)),
            (Side::Respondent, answer(Some(CreditAccount))),
            (Side::Respondent, answer(None)),
            (Side::Reporter, settlement(CreditAccount)),
        ];
        assert_eq!(judged(&said).state, State::Answered);
        assert_eq!(
            judged(&[said[0].clone(), said[1].clone(), said[3].clone()]).state,
            State::Settled
        );
    }

    #[test]
    fn what_is_said_after_the_settlement_changes_nothing() {
        let said = [
            (Side::Reporter, report(SendNewData)),
            (Side::Respondent, settlement(SendNewData)),
            (Side::Reporter, answer(Some(SendProduct))),
        ];
        assert_eq!(judged(&said).reporter, Some(SendNewData));
    }

    #[test]
    fn a_rest_is_settled_by_the_ledger_alone() {
        let said = [
            (Side::Reporter, answer(Some(CreditAccount))),
            (Side::Respondent, settlement(CreditAccount)),
        ];
        let of = |end| judge(Some(end), said.iter().map(|(side, one)| (*side, one)));
        assert_eq!(of(None).state, State::Answered);
        let standing = of(Some(RestEnd::Cancelled));
        assert_eq!(
            standing.settled_by,
            Some(SettledBy::Ledger(RestEnd::Cancelled))
        );
        assert_eq!(standing.resolution, Some(CreditAccount));
    }
}
