//! What a process uses, as Linux says.

use std::fs;

use anyhow::Context as _;

/// `USER_HZ`, in which Linux counts processor time for programs: the same on every machine that we
/// build for.
const TICKS_PER_S: f64 = 100.0;

/// Resident memory of a process in megabytes of 10⁶ bytes, as `/proc/<id>/status` says.
pub(super) fn resident_mb(process: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line
        .and_then(|line| line.trim().strip_suffix("kB"))
        .context("a line VmRSS in kB")?;
    Ok(kib.trim().parse::<f64>()? * 1024.0 / 1_000_000.0)
}

/// Processor time that a process has used so far, its own and the system's for it, in seconds.
pub(super) fn processor_s(process: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{process}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let ticks = ticks(&stat).with_context(|| format!("{path} has another form"))?;
    Ok(f64::from(u32::try_from(ticks)?) / TICKS_PER_S)
}

/// Fields 14 and 15 of proc(5) `stat`, together: the name in field 2 may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_read_behind_a_name_of_any_form() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 5 9 9";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("7 (a"), None);
    }

    #[test]
    fn this_process_uses_memory() {
        assert!(resident_mb(std::process::id()).unwrap() > 1.0);
        assert!(processor_s(std::process::id()).unwrap() >= 0.0);
    }
}
