//! The configuration that deploy ships.

use theriac_regulator::Config;

#[test]
fn sample_configuration_of_deploy_is_read() {
    let text = include_str!("../../../../deploy/samples/regulator.toml");
    let config: Config = toml::from_str(text).unwrap();
    assert_eq!(config.api_key[0].scopes, ["read"]);
}
