//! The configuration file of a trading partner's service.

use serde::{Deserialize, Serialize};
use theriac_http::api_key::ApiKeySettings;
use theriac_http::logging::LogSettings;
use theriac_http::server::ServerSettings;

use crate::draft::ApprovalSettings;
use crate::exception::delivery::PartnerSettings;
use crate::people::SignInSettings;
use crate::settings::{AccountSettings, DatabaseSettings, DigitalLinkSettings, LedgerSettings};
use crate::webhook::WebhookSettings;

/// Everything a service needs to start.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How it listens.
    #[serde(default)]
    pub server: ServerSettings,
    /// Which chain, and who serves it.
    pub ledger: LedgerSettings,
    /// For whom it acts.
    pub account: AccountSettings,
    /// Where its read model is kept.
    pub database: DatabaseSettings,
    /// Where partners' services answer, when not at the address on record.
    #[serde(default)]
    pub partner: Vec<PartnerSettings>,
    /// Keys of its callers.
    #[serde(default)]
    pub api_key: Vec<ApiKeySettings>,
    /// How people sign in.
    #[serde(default)]
    pub sign_in: SignInSettings,
    /// Where webhooks may lead.
    #[serde(default)]
    pub webhooks: WebhookSettings,
    /// What is logged.
    #[serde(default)]
    pub log: LogSettings,
    /// What needs a second person.
    #[serde(default)]
    pub approval: ApprovalSettings,
    /// Where the links on labels lead.
    #[serde(default)]
    pub digital_link: DigitalLinkSettings,
}
