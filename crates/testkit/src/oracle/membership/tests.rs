use theriac_client::{VerifiedBlock, VerifiedTransaction};
use theriac_crypto::{PublicKey, SigningKey};
use theriac_ledger::action::{ApproveChange, EnactChange, ProposeChange};
use theriac_ledger::block::{Header, Parent};
use theriac_ledger::identifier::Height;
use theriac_ledger::testing::TestLedger;
use theriac_ledger::testing::membership::{new_validator, vote_key};
use theriac_proof::{CommitCertificate, CommitSignature};

use super::*;

/// The name of the validator that joins.
const NEW: &str = "The fifth";

/// A chain on which four validators become five, as the oracle would have read it: the second block enacts
/// what the first approves.
struct Story {
    ledger: TestLedger,
    blocks: Vec<VerifiedBlock>,
}

impl Story {
    fn of(authorities: usize) -> Self {
        let mut ledger = TestLedger::new(1);
        let account = ledger.consortium.authority_account(0);
        let change = Change::AddValidator(new_validator(&ledger.chain_id(), NEW, account));
        let first = ledger.consortium.authority_key(0);
        let proposal = signed(
            &mut ledger,
            &first,
            ProposeChange {
                change: change.clone(),
            },
        );
        let id = ChangeId::of_proposal(&proposal.id);
        let mut decision = vec![proposal];
        for authority in 1..authorities {
            let key = ledger.consortium.authority_key(authority);
            decision.push(signed(&mut ledger, &key, ApproveChange { id }));
        }
        let enactment = signed(&mut ledger, &first, EnactChange { id, change });
        let before = ledger.consortium.validators.clone();
        let members = before.members().iter().copied();
        let new = Validator {
            key: vote_key(NEW).public_key(),
            power: 1,
        };
        let after = ValidatorSet::new(members.chain([new]).collect()).unwrap();
        let blocks = vec![
            block(&ledger, 1, [&before, &before], decision),
            block(&ledger, 2, [&before, &after], vec![enactment]),
            block(&ledger, 3, [&after, &after], Vec::new()),
        ];
        Self { ledger, blocks }
    }

    fn signers(&mut self, height: usize, keys: &[PublicKey]) {
        self.blocks[height - 1].certificate.signatures = signatures(keys);
    }

    fn judged(self) -> Vec<Violation> {
        let Self { ledger, blocks } = self;
        judge(&ledger.consortium, &ledger.anchor, &Chain { blocks })
    }
}

fn signed(
    ledger: &mut TestLedger,
    key: &SigningKey,
    body: impl Into<ActionBody>,
) -> VerifiedTransaction {
    let signed = ledger.sign_with(key, body);
    VerifiedTransaction {
        id: signed.transaction.id(&ledger.chain_id()),
        body: signed.transaction.action.decode().unwrap(),
        signed,
    }
}

/// Signatures that nobody checks: that is done when a chain is read.
fn signatures<L: TryFrom<Vec<CommitSignature>>>(keys: &[PublicKey]) -> L
where
    L::Error: std::fmt::Debug,
{
    let signature = SigningKey::from_seed(&[1; 32]).sign(&theriac_crypto::Digest::ZERO);
    let signatures = keys.iter().map(|validator| CommitSignature {
        validator: *validator,
        signature,
    });
    signatures.collect::<Vec<_>>().try_into().unwrap()
}

/// A block that the first set signs and after which the second does.
fn block(
    ledger: &TestLedger,
    height: Height,
    [set, next]: [&ValidatorSet; 2],
    transactions: Vec<VerifiedTransaction>,
) -> VerifiedBlock {
    let parent = Parent::genesis(&ledger.anchor);
    let keys: Vec<PublicKey> = set.members().iter().map(|member| member.key).collect();
    VerifiedBlock {
        header: Header {
            protocol: theriac_ledger::constants::PROTOCOL,
            chain_id: parent.chain_id,
            height,
            time: ledger.time.saturating_add(height),
            parent: parent.digest,
            proposer: keys[0],
            transactions_root: parent.state_root,
            transaction_count: 0,
            state_root: parent.state_root,
            validators: set.digest(),
            next_validators: next.digest(),
        },
        certificate: CommitCertificate {
            height,
            round: 0,
            block: parent.digest,
            signatures: signatures(&keys),
        },
        transactions,
        next_validators: (set != next).then(|| next.clone()),
    }
}

#[test]
fn a_set_that_three_of_four_authorities_changed_is_as_it_should_be() {
    assert_eq!(Story::of(3).judged(), []);
}

#[test]
fn a_set_that_two_of_four_authorities_changed_is_found() {
    let story = Story::of(2);
    let id = story.blocks[1].transactions[0].id;
    assert_eq!(story.judged(), [Violation::Unapproved { height: 2, id }]);
}

#[test]
fn a_block_that_announces_another_set_than_it_leads_to_is_found() {
    let mut story = Story::of(3);
    let header = &mut story.blocks[1].header;
    header.next_validators = header.validators;
    assert_eq!(story.judged(), [Violation::OtherSet { height: 2 }]);
}

#[test]
fn a_block_that_too_few_or_others_signed_is_found() {
    let of_five = |count: usize| {
        let story = Story::of(3);
        let signatures = story.blocks[2].certificate.signatures.iter();
        let keys = signatures.map(|one| one.validator).take(count);
        keys.collect::<Vec<_>>()
    };
    let judged = |keys: &[PublicKey]| {
        let mut story = Story::of(3);
        story.signers(3, keys);
        story.judged()
    };
    let found = [Violation::OtherSet { height: 3 }];
    assert_eq!(judged(&of_five(4)), []);
    assert_eq!(judged(&of_five(3)), found);
    let stranger = SigningKey::from_seed(&[9; 32]).public_key();
    assert_eq!(judged(&[of_five(4), vec![stranger]].concat()), found);
}
