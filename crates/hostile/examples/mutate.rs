//! Alters valid transactions and judges each: `cargo xtask mutate --count 1000000`.
//!
//! The arguments are the count and the seed. Ends with an error where one was accepted.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use theriac_hostile::mutation;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().ok_or("how many?")?.parse()?;
    let seed: u64 = arguments.next().ok_or("from which seed?")?.parse()?;
    let start = now();
    let tally = mutation::run(count, seed);
    let seconds = start.elapsed().as_secs_f64();
    for (way, count) in &tally.altered {
        println!("{count:>10}  altered: {way:?}");
    }
    for (code, count) in &tally.refused {
        println!("{count:>10}  refused: {code}");
    }
    for (way, bytes) in &tally.accepted {
        println!("ACCEPTED  {way:?}: {bytes:02x?}");
    }
    println!(
        "mutate: seed {seed}: {} altered transactions of {} kinds in {seconds:.1} s: {} accepted",
        tally.count(),
        tally.kinds.len(),
        tally.accepted.len()
    );
    Ok(ExitCode::from(u8::from(!tally.accepted.is_empty())))
}

#[expect(clippy::disallowed_methods, reason = "a tool that times itself")]
fn now() -> Instant {
    Instant::now()
}
