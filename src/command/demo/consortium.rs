//! Who takes part: a genesis by the same ceremony as in production, on one machine.

use std::path::{Path, PathBuf};

use theriac_crypto::{PublicKey, SigningKey};
use theriac_gs1::Gln;
use theriac_http::keyfile::PassphraseSource;
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::genesis::{Anchor, GenesisAccount, GenesisOrganisation};
use theriac_ledger::identifier::{AccountId, OrganisationId};
use theriac_ledger::record::{KeyPurpose, Parameters, Place, Role, Roles};

use crate::command::genesis::add::random_id;
use crate::command::genesis::ceremony::{Ceremony, CeremonyValidator};
use crate::command::genesis::seal;
use crate::command::keys;

/// A member with one account and one key.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Short name, used for folders and processes.
    pub(crate) name: &'static str,
    /// Legal name.
    pub(crate) legal_name: String,
    /// Its account.
    pub(crate) account: AccountId,
    /// Its public key.
    pub(crate) public_key: PublicKey,
    /// Its key file.
    pub(crate) key: PathBuf,
    /// The key file with which it signs transactions: of an authority another one than the one that votes.
    pub(crate) signing_key: PathBuf,
    /// The passphrase of its key files.
    pub(crate) passphrase_file: PathBuf,
}

impl Member {
    /// Opens its key.
    pub(crate) fn open_key(&self) -> anyhow::Result<SigningKey> {
        keys::open(&self.key, &self.passphrase())
    }

    /// Where the passphrase of its key files is.
    pub(crate) fn passphrase(&self) -> PassphraseSource {
        PassphraseSource::File(self.passphrase_file.clone())
    }
}

/// The parties of the demonstration.
#[derive(Debug)]
pub(crate) struct Consortium {
    /// The authorities, each with a validator.
    pub(crate) authorities: Vec<Member>,
    /// The members with a service.
    pub(crate) members: Vec<Member>,
    /// The public anchor.
    pub(crate) anchor: Anchor,
    /// File of the anchor.
    pub(crate) anchor_file: PathBuf,
    /// File of the members' records.
    pub(crate) records_file: PathBuf,
}

/// Company prefix of the maker, from GS1's block for examples.
const MAKER_PREFIX: &str = "9506000";

/// Name, legal name, role, GLN, latitude and longitude in 10⁻⁴ degrees.
type Description = (&'static str, &'static str, Role, &'static str, i32, i32);

const AUTHORITIES: &[Description] = &[
    (
        "authority-1",
        "Medicines Authority",
        Role::Authority,
        "9506000111018",
        -12_921,
        368_219,
    ),
    (
        "authority-2",
        "Association of Makers",
        Role::Authority,
        "9506000111025",
        -12_800,
        368_100,
    ),
    (
        "authority-3",
        "Association of Wholesalers",
        Role::Authority,
        "9506000111032",
        -40_435,
        396_682,
    ),
    (
        "authority-4",
        "College of Pharmacists",
        Role::Authority,
        "9506000111049",
        -900,
        347_500,
    ),
];

const MEMBERS: &[Description] = &[
    (
        "manufacturer",
        "Andromachus Laboratories",
        Role::Manufacturer,
        "9506000134352",
        -13_000,
        368_500,
    ),
    (
        "distributor",
        "Mithridates Wholesale",
        Role::Distributor,
        "9506000222011",
        -40_500,
        396_700,
    ),
    (
        "pharmacy",
        "Galen Pharmacy",
        Role::Pharmacy,
        "9506000333014",
        -900,
        347_600,
    ),
    (
        "regulator",
        "Board of Medicines",
        Role::Regulator,
        "9506000444017",
        -12_900,
        368_200,
    ),
    (
        "verifier",
        "Public Verifier",
        Role::Regulator,
        "9506000555010",
        -12_900,
        368_210,
    ),
];

impl Consortium {
    /// Holds the ceremony below `folder`.
    pub(crate) fn found(
        folder: &Path,
        authorities: usize,
        parameters: Parameters,
    ) -> anyhow::Result<Self> {
        let mut ceremony = Ceremony::begin();
        ceremony.parameters = parameters;
        let mut found = Vec::new();
        for description in &AUTHORITIES[..authorities.min(AUTHORITIES.len())] {
            let purposes = vec![KeyPurpose::Vote, KeyPurpose::Request];
            let mut member = join(&mut ceremony, folder, description, purposes)?;
            let key = member.public_key;
            member.signing_key = folder.join(member.name).join("custody.pem");
            let signing = keys::create(&member.signing_key, &member.passphrase())?;
            let purposes = vec![KeyPurpose::Custody, KeyPurpose::Request];
            ceremony.add_key(&signing, member.account, purposes)?;
            ceremony
                .validators
                .push(CeremonyValidator { key, power: 1 });
            found.push(member);
        }
        let mut members = Vec::new();
        for description in MEMBERS {
            let purposes = vec![KeyPurpose::Custody, KeyPurpose::Request];
            members.push(join(&mut ceremony, folder, description, purposes)?);
        }
        let (anchor_file, records_file) =
            (folder.join("genesis.json"), folder.join("members.json"));
        let anchor = seal::write(&ceremony, &anchor_file, &records_file)?;
        Ok(Self {
            authorities: found,
            members,
            anchor,
            anchor_file,
            records_file,
        })
    }

    /// The member of a name.
    pub(crate) fn member(&self, name: &str) -> &Member {
        self.members
            .iter()
            .find(|member| member.name == name)
            .expect("the demonstration names its own members")
    }
}

fn join(
    ceremony: &mut Ceremony,
    folder: &Path,
    description: &Description,
    purposes: Vec<KeyPurpose>,
) -> anyhow::Result<Member> {
    let (name, legal_name, role, gln, latitude, longitude) = *description;
    let organisation = OrganisationId(random_id());
    let prefixes = if role == Role::Manufacturer {
        vec![MAKER_PREFIX.parse()?]
    } else {
        Vec::new()
    };
    ceremony.organisations.push(GenesisOrganisation {
        id: organisation,
        legal_name: BoundedText::parse(legal_name)?,
        roles: Roles::new(vec![role])?,
        licences: Vec::new().try_into()?,
        gs1_prefixes: prefixes.try_into()?,
        service_address: BoundedText::default(),
    });
    let account = AccountId(random_id());
    let gln: Gln = gln.parse()?;
    ceremony.accounts.push(GenesisAccount {
        id: account,
        organisation,
        gln,
        name: BoundedText::parse(legal_name)?,
        place: Place {
            latitude,
            longitude,
        },
        country: "KE".parse()?,
        roles: Roles::new(vec![role])?,
    });
    let own = folder.join(name);
    std::fs::create_dir_all(&own)?;
    let (key, passphrase_file) = (own.join("key.pem"), own.join("passphrase"));
    keys::write_passphrase(&passphrase_file)?;
    let passphrase = PassphraseSource::File(passphrase_file.clone());
    let signing = keys::create(&key, &passphrase)?;
    let public_key = ceremony.add_key(&signing, account, purposes)?;
    let legal_name = legal_name.to_owned();
    Ok(Member {
        name,
        legal_name,
        account,
        public_key,
        signing_key: key.clone(),
        key,
        passphrase_file,
    })
}
