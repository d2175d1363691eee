use super::*;

const DEADLINE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
#[error("the log is torn")]
struct TornLog;

#[tokio::test]
async fn critical_task_that_fails_brings_the_process_down_with_its_error() {
    let supervisor = Supervisor::new();
    supervisor.spawn("log", TaskKind::Critical, async { Err(TornLog) });
    assert_eq!(
        supervisor.run_until_stopped(DEADLINE).await,
        Err(TaskFailure::Failed {
            name: "log",
            reason: "the log is torn".to_owned()
        })
    );
}

#[tokio::test]
async fn critical_task_that_panics_brings_the_process_down() {
    let supervisor = Supervisor::new();
    supervisor.spawn("engine", TaskKind::Critical, async {
        panic!("round {} is lost", 7);
        #[expect(unreachable_code, reason = "names the error type")]
        Ok::<(), TornLog>(())
    });
    assert_eq!(
        supervisor.run_until_stopped(DEADLINE).await,
        Err(TaskFailure::Panicked {
            name: "engine",
            reason: "round 7 is lost".to_owned()
        })
    );
}

#[tokio::test]
async fn critical_task_that_ends_early_brings_the_process_down() {
    let supervisor = Supervisor::new();
    supervisor.spawn("store", TaskKind::Critical, async { Ok::<(), TornLog>(()) });
    assert_eq!(
        supervisor.run_until_stopped(DEADLINE).await,
        Err(TaskFailure::Ended { name: "store" })
    );
}

#[tokio::test]
async fn auxiliary_task_may_fail() {
    let supervisor = Supervisor::new();
    let token = supervisor.token();
    supervisor.spawn("gossip", TaskKind::Auxiliary, async { Err(TornLog) });
    supervisor.spawn("store", TaskKind::Critical, async move {
        token.cancelled().await;
        Ok::<(), TornLog>(())
    });
    while supervisor.state().running.len() > 1 {
        tokio::task::yield_now().await;
    }
    assert!(!supervisor.is_shutting_down());
    assert_eq!(supervisor.stop(DEADLINE).await, Ok(()));
}

#[tokio::test]
async fn task_that_ignores_the_shutdown_is_named_and_aborted() {
    let supervisor = Supervisor::new();
    supervisor.spawn("deaf", TaskKind::Critical, async {
        std::future::pending::<Result<(), TornLog>>().await
    });
    let outcome = supervisor.stop(Duration::from_millis(20)).await;
    assert_eq!(
        outcome,
        Err(TaskFailure::Unfinished {
            names: vec!["deaf"],
            after_ms: 20
        })
    );
}

#[tokio::test]
async fn blocking_task_sees_the_shutdown() {
    let supervisor = Supervisor::new();
    supervisor.spawn_blocking("disk", TaskKind::Critical, |token| {
        tokio::runtime::Handle::current().block_on(token.cancelled());
        Ok::<(), TornLog>(())
    });
    assert_eq!(supervisor.stop(DEADLINE).await, Ok(()));
}
