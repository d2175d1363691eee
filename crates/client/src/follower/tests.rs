use std::time::Duration;

use tokio::time::Instant;

use super::FollowerSettings;
use super::sources::Sources;
use crate::node_client::{NodeClient, TimeLimits};
use crate::node_url::NodeUrl;

fn sources(count: usize) -> Sources {
    let urls: Vec<NodeUrl> = (0..count)
        .map(|index| NodeUrl::parse(&format!("http://node-{index}:1")).unwrap())
        .collect();
    let nodes = NodeClient::for_nodes(&urls, TimeLimits::default(), None).unwrap();
    Sources::new(nodes, &FollowerSettings::default())
}

fn name(sources: &Sources) -> String {
    sources.current().unwrap().url().to_string()
}

#[test]
fn nodes_are_asked_in_turn_and_pauses_grow_after_each_round() {
    let mut sources = sources(2);
    let now = Instant::now();
    assert_eq!(sources.failed(false, now), Duration::ZERO);
    assert_eq!(name(&sources), "http://node-1:1");
    assert_eq!(sources.failed(false, now), Duration::from_millis(100));
    assert_eq!(sources.failed(false, now), Duration::ZERO);
    assert_eq!(sources.failed(false, now), Duration::from_millis(200));
    for _ in 0..100 {
        assert!(sources.failed(false, now) <= Duration::from_secs(5));
    }
    sources.succeeded();
    assert_eq!(sources.failed(false, now), Duration::ZERO);
}

#[test]
fn a_node_that_lied_is_left_alone_while_others_answer() {
    let mut sources = sources(3);
    let now = Instant::now();
    sources.failed(true, now);
    for _ in 0..6 {
        assert_ne!(name(&sources), "http://node-0:1");
        sources.failed(false, now);
    }
    let later = now + Duration::from_secs(61);
    sources.failed(false, later);
    sources.failed(false, later);
    sources.failed(false, later);
    let seen: Vec<String> = (0..3)
        .map(|_| {
            sources.failed(false, later);
            name(&sources)
        })
        .collect();
    assert!(seen.contains(&"http://node-0:1".to_owned()));
}
