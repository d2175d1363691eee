//! Threads on which transactions are judged before they wait in the pool.
//!
//! They are few, and the scheduler gives them less than others where processors are scarce: what decides a
//! block goes before what waits for one.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use tokio::sync::oneshot;

/// Threads at least: a commissioning of thousands of packs holds one up for a tenth of a second.
const THREADS_MIN: usize = 4;

/// By how much they are nicer than others, as nice(2) counts: a third of another thread's share.
const NICER_BY: i32 = 5;

type Job = Box<dyn FnOnce() + Send>;

/// The threads; they end with the last clone of what they are asked through.
#[derive(Debug)]
pub(super) struct Admission {
    jobs: mpsc::Sender<Job>,
}

/// The work ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work ended without an answer")]
pub(super) struct NoAnswer;

impl Admission {
    /// Starts the threads.
    pub(super) fn start() -> Self {
        let (jobs, waiting) = mpsc::channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 0..processors.max(THREADS_MIN) {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new()
                .name("admission".to_owned())
                .spawn(move || work(&waiting))
                .expect("the system gives a starting process a few threads");
        }
        Self { jobs }
    }

    /// Runs work on one of the threads, in the order of asking.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NoAnswer> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || {
            // Whoever asked may have gone.
            let _ = answer.send(work());
        });
        self.jobs.send(job).map_err(|_| NoAnswer)?;
        answered.await.map_err(|_| NoAnswer)
    }
}

fn work(waiting: &Mutex<mpsc::Receiver<Job>>) {
    // Where the system refuses, they are threads like others.
    let _ = rustix::process::nice(NICER_BY);
    loop {
        let job = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = job else {
            return;
        };
        // Its caller gets no answer, which says it; the next job has a thread all the same.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_answered_and_a_panic_takes_nothing_with_it_but_its_own_answer() {
        let admission = Admission::start();
        for number in 0..20 {
            let broken = admission.run(|| -> u32 { std::panic::resume_unwind(Box::new("test")) });
            assert_eq!(broken.await, Err(NoAnswer));
            assert_eq!(admission.run(move || number + 1).await, Ok(number + 1));
        }
    }

    #[tokio::test]
    async fn its_threads_are_nicer_than_others() {
        let own = rustix::process::nice(0).unwrap();
        let admission = Admission::start();
        let theirs = admission.run(|| rustix::process::nice(0).unwrap()).await;
        assert_eq!(theirs, Ok((own + NICER_BY).min(19)));
    }
}
