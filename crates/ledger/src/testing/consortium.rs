//! A small consortium whose ids and keys all follow from a seed.

use theriac_crypto::{Digest, Digester, PublicKey, SigningKey};
use theriac_gs1::{CompanyPrefix, Gln};

use crate::action::Country;
use crate::constants::PROTOCOL;
use crate::encoding::{BoundedList, BoundedText};
use crate::genesis::{Anchor, GenesisAccount, GenesisKey, GenesisOrganisation, GenesisRecords};
use crate::identifier::{AccountId, OrganisationId, Timestamp};
use crate::record::{KeyPurpose, Parameters, Place, Role, Roles};
use crate::validator::{Validator, ValidatorSet};

/// Who acts in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// Manufacturer with prefix 9506000, in Italy.
    Maker,
    /// Another manufacturer, with prefix 9506001, in France.
    OtherMaker,
    /// Distributor with prefix 9506002, in Italy.
    Distributor,
    /// Other premises of the distributor, in France.
    DistributorBranch,
    /// Pharmacy with prefix 9506003, in Italy.
    Pharmacy,
    /// Another pharmacy, without a prefix, in France.
    OtherPharmacy,
    /// Regulator, in Italy.
    Regulator,
    /// Disposal company, in Italy.
    Disposal,
}

struct Profile {
    actor: Actor,
    organisation: &'static str,
    role: Role,
    prefix: Option<&'static str>,
    country: &'static str,
    gln: &'static str,
}

const PROFILES: [Profile; 8] = [
    profile(
        Actor::Maker,
        "Apotheke Venezia",
        Role::Manufacturer,
        Some("9506000"),
        "IT",
        "9506000000008",
    ),
    profile(
        Actor::OtherMaker,
        "Apothicaire de Lyon",
        Role::Manufacturer,
        Some("9506001"),
        "FR",
        "9506001000007",
    ),
    profile(
        Actor::Distributor,
        "Rialto Trade",
        Role::Distributor,
        Some("9506002"),
        "IT",
        "9506002000006",
    ),
    profile(
        Actor::DistributorBranch,
        "Rialto Trade",
        Role::Distributor,
        Some("9506002"),
        "FR",
        "9506002000013",
    ),
    profile(
        Actor::Pharmacy,
        "Farmacia San Marco",
        Role::Pharmacy,
        Some("9506003"),
        "IT",
        "9506003000005",
    ),
    profile(
        Actor::OtherPharmacy,
        "Pharmacie du Rhone",
        Role::Pharmacy,
        None,
        "FR",
        "9506004000004",
    ),
    profile(
        Actor::Regulator,
        "Medicines Office",
        Role::Regulator,
        None,
        "IT",
        "9506005000003",
    ),
    profile(
        Actor::Disposal,
        "Clean Fire",
        Role::Disposal,
        None,
        "IT",
        "9506006000002",
    ),
];

const fn profile(
    actor: Actor,
    organisation: &'static str,
    role: Role,
    prefix: Option<&'static str>,
    country: &'static str,
    gln: &'static str,
) -> Profile {
    Profile {
        actor,
        organisation,
        role,
        prefix,
        country,
        gln,
    }
}

impl Actor {
    /// Everyone.
    pub const ALL: [Self; 8] = [
        Self::Maker,
        Self::OtherMaker,
        Self::Distributor,
        Self::DistributorBranch,
        Self::Pharmacy,
        Self::OtherPharmacy,
        Self::Regulator,
        Self::Disposal,
    ];

    fn profile(self) -> &'static Profile {
        PROFILES
            .iter()
            .find(|profile| profile.actor == self)
            .expect("every actor has a profile")
    }

    /// The one role of the actor.
    pub fn role(self) -> Role {
        self.profile().role
    }

    /// The company prefix, if any.
    pub fn prefix(self) -> Option<&'static str> {
        self.profile().prefix
    }

    /// Country of the premises.
    pub fn country(self) -> Country {
        Country::parse(self.profile().country).expect("a country")
    }
}

/// Validators, each run by an authority of its own, and the accounts of every [`Actor`].
#[derive(Debug, Clone)]
pub struct Consortium {
    seed: u64,
    /// Keys of the validators, in the order of their set.
    pub validator_keys: Vec<SigningKey>,
    /// The validators.
    pub validators: ValidatorSet,
    /// The members' records.
    pub records: GenesisRecords,
}

impl Consortium {
    /// When chains of tests begin: 2026-01-01.
    pub const START: Timestamp = Timestamp(1_767_225_600_000);

    /// The consortium of a seed, with four validators.
    pub fn new(seed: u64) -> Self {
        Self::of(seed, 4)
    }

    /// The consortium of a seed, with as many validators; 1 to 64.
    pub fn of(seed: u64, validators: usize) -> Self {
        let mut validator_keys: Vec<SigningKey> = (0..validators)
            .map(|number| key_of(seed, &format!("validator {number}")))
            .collect();
        validator_keys.sort_by_key(SigningKey::public_key);
        let members: Vec<Validator> = validator_keys
            .iter()
            .map(|key| Validator {
                key: key.public_key(),
                power: 1,
            })
            .collect();
        Self {
            seed,
            validators: ValidatorSet::new(members).expect("a few validators of equal power"),
            records: records(seed, &validator_keys),
            validator_keys,
        }
    }

    /// The anchor for a root of the state.
    pub fn anchor(&self, state_root: Digest) -> Anchor {
        Anchor {
            protocol: PROTOCOL,
            time: Self::START,
            validators: self.validators.clone(),
            parameters: Parameters::default(),
            state_root,
        }
    }

    /// The key with which an actor signs transactions and requests.
    pub fn key(&self, actor: Actor) -> SigningKey {
        key_of(self.seed, &format!("key of {actor:?}"))
    }

    /// A second active key of an actor's account.
    pub fn second_key(&self, actor: Actor) -> SigningKey {
        key_of(self.seed, &format!("second key of {actor:?}"))
    }

    /// A key of an actor's account that is for requests only.
    pub fn request_key(&self, actor: Actor) -> SigningKey {
        key_of(self.seed, &format!("request key of {actor:?}"))
    }

    /// The key of an actor's account that is kept offline.
    pub fn recovery_key(&self, actor: Actor) -> SigningKey {
        key_of(self.seed, &format!("recovery key of {actor:?}"))
    }

    /// The key with which the authority that runs a validator signs transactions and requests.
    pub fn authority_key(&self, validator: usize) -> SigningKey {
        key_of(self.seed, &authority_name(validator))
    }

    /// The account of the authority that runs a validator.
    pub fn authority_account(&self, validator: usize) -> AccountId {
        AccountId(seeded(
            self.seed,
            &format!("account of {}", authority_name(validator)),
        ))
    }

    /// The authority that runs a validator.
    pub fn authority(&self, validator: usize) -> OrganisationId {
        OrganisationId(seeded(self.seed, &authority_name(validator)))
    }

    /// An actor's account.
    pub fn account(&self, actor: Actor) -> AccountId {
        account_of(self.seed, actor)
    }

    /// An actor's organisation.
    pub fn organisation(&self, actor: Actor) -> OrganisationId {
        organisation_of(self.seed, actor)
    }
}

fn seeded(seed: u64, name: &str) -> Digest {
    Digester::new("testing")
        .chain(&seed.to_le_bytes())
        .chain(name.as_bytes())
        .finish()
}

fn key_of(seed: u64, name: &str) -> SigningKey {
    SigningKey::from_seed(&seeded(seed, name).0)
}

fn account_of(seed: u64, actor: Actor) -> AccountId {
    AccountId(seeded(seed, &format!("account of {actor:?}")))
}

fn organisation_of(seed: u64, actor: Actor) -> OrganisationId {
    OrganisationId(seeded(seed, actor.profile().organisation))
}

fn authority_name(validator: usize) -> String {
    format!("Authority {validator}")
}

/// The organisation, account and keys of the authority that runs a validator.
fn authority(
    seed: u64,
    validator: usize,
    vote: PublicKey,
) -> (GenesisOrganisation, GenesisAccount, [GenesisKey; 2]) {
    let name = authority_name(validator);
    let roles = || Roles::new(vec![Role::Authority]).expect("one role");
    let organisation = GenesisOrganisation {
        id: OrganisationId(seeded(seed, &name)),
        legal_name: text(&name),
        roles: roles(),
        licences: BoundedList::empty(),
        gs1_prefixes: BoundedList::empty(),
        service_address: text("https://localhost"),
    };
    let account = GenesisAccount {
        id: AccountId(seeded(seed, &format!("account of {name}"))),
        organisation: organisation.id,
        gln: Gln::parse("9506007000001").expect("a GLN"),
        name: text(&name),
        place: Place {
            latitude: 454_400,
            longitude: 123_300,
        },
        country: Country::parse("IT").expect("a country"),
        roles: roles(),
    };
    let key = |key, purposes| GenesisKey {
        key,
        account: account.id,
        purposes: list(purposes),
    };
    let custody = key_of(seed, &name).public_key();
    let keys = [
        key(vote, vec![KeyPurpose::Vote]),
        key(custody, vec![KeyPurpose::Custody, KeyPurpose::Request]),
    ];
    (organisation, account, keys)
}

fn records(seed: u64, validators: &[SigningKey]) -> GenesisRecords {
    let authorities: Vec<_> = validators
        .iter()
        .enumerate()
        .map(|(number, key)| authority(seed, number, key.public_key()))
        .collect();
    let mut organisations: Vec<GenesisOrganisation> = PROFILES
        .iter()
        .map(|profile| organisation(seed, profile))
        .collect();
    organisations.extend(
        authorities
            .iter()
            .map(|(organisation, _, _)| organisation.clone()),
    );
    organisations.sort_by_key(|organisation| organisation.id);
    organisations.dedup_by_key(|organisation| organisation.id);
    let mut accounts: Vec<GenesisAccount> = PROFILES
        .iter()
        .map(|profile| account(seed, profile))
        .collect();
    accounts.extend(authorities.iter().map(|(_, account, _)| account.clone()));
    accounts.sort_by_key(|account| account.id);
    let mut keys: Vec<GenesisKey> = Actor::ALL
        .iter()
        .flat_map(|actor| keys(seed, *actor))
        .collect();
    keys.extend(authorities.into_iter().flat_map(|(_, _, keys)| keys));
    keys.sort_by_key(|key| key.key);
    GenesisRecords {
        salt: seeded(seed, "salt"),
        organisations: list(organisations),
        accounts: list(accounts),
        keys: list(keys),
    }
}

fn organisation(seed: u64, profile: &Profile) -> GenesisOrganisation {
    let prefixes = profile
        .prefix
        .iter()
        .map(|prefix| CompanyPrefix::parse(prefix).expect("a company prefix"));
    GenesisOrganisation {
        id: organisation_of(seed, profile.actor),
        legal_name: text(profile.organisation),
        roles: Roles::new(vec![profile.role]).expect("one role"),
        licences: list(vec![text("LIC-1")]),
        gs1_prefixes: list(prefixes.collect()),
        service_address: text("https://localhost"),
    }
}

fn account(seed: u64, profile: &Profile) -> GenesisAccount {
    GenesisAccount {
        id: account_of(seed, profile.actor),
        organisation: organisation_of(seed, profile.actor),
        gln: Gln::parse(profile.gln).expect("a GLN"),
        name: text(profile.organisation),
        place: Place {
            latitude: 454_400,
            longitude: 123_300,
        },
        country: profile.actor.country(),
        roles: Roles::new(vec![profile.role]).expect("one role"),
    }
}

fn keys(seed: u64, actor: Actor) -> [GenesisKey; 4] {
    let key = |key: PublicKey, purposes| GenesisKey {
        key,
        account: account_of(seed, actor),
        purposes: list(purposes),
    };
    let name = |prefix| key_of(seed, &format!("{prefix} of {actor:?}")).public_key();
    [
        key(name("key"), vec![KeyPurpose::Custody, KeyPurpose::Request]),
        key(name("second key"), vec![KeyPurpose::Custody]),
        key(name("request key"), vec![KeyPurpose::Request]),
        key(name("recovery key"), vec![KeyPurpose::Recovery]),
    ]
}

fn text<const MAX: usize>(text: &str) -> BoundedText<MAX> {
    BoundedText::parse(text).expect("a short text")
}

fn list<T, const MAX: usize>(items: Vec<T>) -> BoundedList<T, MAX> {
    BoundedList::new(items).expect("a short list")
}
