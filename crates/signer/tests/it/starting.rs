//! How a signer begins, and what keeps it from it.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;

use theriac_consensus::guard::GuardError;
use theriac_signer::OpenKeyError;
use theriac_signer::server::{SignerStartError, SocketError};
use theriac_signer::settings::VoteSettings;

use crate::scene::Scene;

#[tokio::test]
async fn the_socket_is_its_owners_alone_and_a_second_signer_does_not_take_it() {
    let scene = Scene::new();
    let running = scene.start(scene.service(&["ship"], 0)).await;
    let found = fs::symlink_metadata(scene.socket()).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
    let refused = scene.launch(scene.service(&["ship"], 0)).await.unwrap_err();
    assert!(
        matches!(refused, SignerStartError::Socket(SocketError::InUse { .. })),
        "{refused:?}"
    );
    assert!(running.remote.identity().await.is_ok(), "the first goes on");
    running.stop().await;
}

#[tokio::test]
async fn a_socket_that_was_left_behind_is_replaced() {
    let scene = Scene::new();
    // Dropping a listener leaves its file, as a kill does.
    drop(UnixListener::bind(scene.socket()).unwrap());
    assert!(scene.socket().exists());
    let running = scene.start(scene.service(&["ship"], 0)).await;
    assert!(running.remote.identity().await.is_ok());
    running.stop().await;
    let left: Vec<_> = fs::read_dir(scene.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "key and passphrase: {left:?}");
}

#[tokio::test]
async fn a_signer_of_votes_does_not_start_without_its_guard_nor_beside_another() {
    let scene = Scene::new();
    let mut settings = scene.validator();
    settings.votes = Some(VoteSettings {
        guard: scene.path().join("lost"),
        per_minute: 0,
    });
    let refused = scene.launch(settings).await.unwrap_err();
    assert!(
        matches!(refused, SignerStartError::Guard(GuardError::Missing { .. })),
        "{refused:?}"
    );
    assert!(
        refused.to_string().contains("theriac signer guard"),
        "{refused}"
    );

    let running = scene.start(scene.validator()).await;
    let mut elsewhere = scene.validator();
    elsewhere.socket = scene.path().join("other.sock");
    let refused = scene.launch(elsewhere).await.unwrap_err();
    assert!(
        matches!(refused, SignerStartError::Guard(GuardError::InUse { .. })),
        "{refused:?}"
    );
    running.stop().await;
}

#[tokio::test]
async fn a_key_or_passphrase_that_others_can_read_is_refused() {
    let scene = Scene::new();
    for name in ["key.pem", "passphrase"] {
        let path = scene.path().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = scene.launch(scene.service(&["ship"], 0)).await.unwrap_err();
        let SignerStartError::Key(OpenKeyError::File(error)) = refused else {
            panic!("{refused:?}");
        };
        assert!(error.to_string().contains("chmod 600"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_guard_is_made_once_for_a_signer_of_votes() {
    let scene = Scene::new();
    let mut settings = scene.settings();
    assert!(settings.create_guard().is_err(), "it signs no votes");
    settings.votes = Some(VoteSettings {
        guard: scene.path().join("guard"),
        per_minute: 0,
    });
    let (guard, key) = settings.create_guard().unwrap();
    assert!(guard.exists());
    assert_eq!(key, scene.key);
    let again = settings.create_guard().unwrap_err();
    assert!(again.to_string().contains("exists already"), "{again}");
}
