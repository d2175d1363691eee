//! Numbers that a maker gives: serial numbers of packs and SSCCs of units.

use rand_core::CryptoRng;
use theriac_gs1::{CompanyPrefix, SerialNumber, Sscc};

/// Characters of a serial number that is given here: 20 of 32, which is 100 random bits, so that
/// neither a guess nor a copy of the ledger's state reveals one.
pub const SERIAL_CHARS: usize = 20;

/// Digits and capital letters without I, L, O and U, which people misread (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Digits of an SSCC before its check digit.
const SSCC_DIGITS: usize = 17;

/// `count` new serial numbers.
pub fn new_serials(count: usize, rng: &mut impl CryptoRng) -> Vec<SerialNumber> {
    (0..count).map(|_| new_serial(rng)).collect()
}

fn new_serial(rng: &mut impl CryptoRng) -> SerialNumber {
    let mut bytes = [0; SERIAL_CHARS];
    rng.fill_bytes(&mut bytes);
    // 256 is a multiple of 32, so every character is equally likely.
    let text: String = bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect();
    SerialNumber::parse(&text).expect("20 characters of set 82")
}

/// A new SSCC under a company prefix: extension digit and serial reference are random. Whether it is
/// free is for the caller to look up: below a prefix of 7 digits there are 10,000,000,000.
pub fn new_sscc(prefix: &CompanyPrefix, rng: &mut impl CryptoRng) -> Sscc {
    let reference = SSCC_DIGITS - 1 - prefix.as_str().len();
    let mut text = String::with_capacity(SSCC_DIGITS + 1);
    text.push(random_digit(rng));
    text.push_str(prefix.as_str());
    for _ in 0..reference {
        text.push(random_digit(rng));
    }
    ('0'..='9')
        .find_map(|check_digit| Sscc::parse(&format!("{text}{check_digit}")).ok())
        .expect("one of ten digits is the check digit of 17 digits")
}

fn random_digit(rng: &mut impl CryptoRng) -> char {
    loop {
        let mut byte = [0];
        rng.fill_bytes(&mut byte);
        // 250 is the largest multiple of 10 in a byte: the rest would favour small digits.
        if byte[0] < 250 {
            return char::from(b'0' + byte[0] % 10);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use std::collections::BTreeSet;

    #[test]
    fn new_serials_differ_and_use_the_whole_alphabet() {
        let serials = new_serials(1_000, &mut ChaCha20Rng::seed_from_u64(1));
        let different: BTreeSet<_> = serials.iter().collect();
        assert_eq!(different.len(), 1_000);
        let used: BTreeSet<_> = serials.iter().flat_map(SerialNumber::as_bytes).collect();
        assert_eq!(used.len(), 32);
        assert!(serials.iter().all(|s| s.as_str().len() == SERIAL_CHARS));
    }

    #[test]
    fn new_sscc_is_of_its_prefix() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        for prefix in ["9506", "9506000", "950600012345"] {
            let prefix = CompanyPrefix::parse(prefix).unwrap();
            let sscc = new_sscc(&prefix, &mut rng);
            assert!(prefix.matches_sscc(&sscc), "{sscc}");
        }
    }
}
