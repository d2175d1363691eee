use std::collections::BTreeMap;

use super::*;

fn every_kind() -> Vec<FaultKind> {
    FaultKind::value_variants().to_vec()
}

#[test]
fn the_same_seed_plans_the_same() {
    let plan = |seed| {
        Plan::new(seed, 4, &every_kind())
            .take(200)
            .collect::<Vec<_>>()
    };
    assert_eq!(plan(1), plan(1));
    assert_ne!(plan(1), plan(2));
}

#[test]
fn every_kind_comes_and_only_what_was_asked_for() {
    let mut seen: BTreeMap<FaultKind, u32> = BTreeMap::new();
    for fault in Plan::new(3, 5, &every_kind()).take(600) {
        *seen.entry(fault.kind()).or_default() += 1;
    }
    assert_eq!(seen.len(), every_kind().len());
    assert!(seen[&FaultKind::Kill] > seen[&FaultKind::Wipe]);
    let few = [FaultKind::Pause, FaultKind::Blackout];
    assert!(
        Plan::new(3, 5, &few)
            .take(50)
            .all(|fault| few.contains(&fault.kind()))
    );
    assert_eq!(Plan::new(3, 5, &[]).next(), None);
}

#[test]
fn a_short_plan_has_each_kind_once_before_dice_choose() {
    let plan = Plan::new(9, 4, &every_kind()).each_once_first();
    let kinds: Vec<FaultKind> = plan.take(13).map(|fault| fault.kind()).collect();
    assert_eq!(kinds, every_kind());
}

#[test]
fn faults_hit_nodes_that_exist_and_halves_are_halves() {
    for fault in Plan::new(11, 4, &every_kind()).take(500) {
        match fault {
            Fault::Kill { kills } => assert!(kills.iter().all(|(_, node)| *node < 4)),
            Fault::PowerCut { cuts } => assert!(cuts.iter().all(|cut| cut.node < 4)),
            Fault::Wire {
                kind: FaultKind::Split,
                nodes,
                weather,
                ..
            } => {
                assert_eq!(nodes.len(), 2);
                let crossing = (0..4)
                    .flat_map(|from| (0..4).map(move |to| (from, to)))
                    .filter(|(from, to)| weather.link(*from, *to).is_cut);
                assert_eq!(crossing.count(), 8);
            }
            Fault::Blackout { mut order, .. } | Fault::Rolling { mut order } => {
                order.sort_unstable();
                assert_eq!(order, [0, 1, 2, 3]);
            }
            _ => {}
        }
    }
}
