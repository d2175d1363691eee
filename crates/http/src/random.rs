//! The operating system's random numbers: the one source of randomness, handed down as an argument.

use getrandom::SysRng;
use rand_core::UnwrapErr;

/// The operating system's generator, as an infallible `rand_core::CryptoRng`.
///
/// # Panics
///
/// A read panics when the operating system has no randomness to give; no program can then make
/// keys, salts or serials, and none must try.
pub fn system_random() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
