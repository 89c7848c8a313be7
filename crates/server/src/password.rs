use std::sync::OnceLock;

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordVerifier, Version};

use crate::Error;

/// Characters that a password needs at least.
pub(crate) const SHORTEST: usize = 10;
/// Bytes of a password that are read at most: hashing is slow on purpose, reading must not be.
pub(crate) const LONGEST: usize = 256;

/// Hashes a password with Argon2id (19 MiB, 2 passes, 1 lane: the first choice of the OWASP password storage sheet) and
/// a random salt, as a PHC string. Takes tens of milliseconds of one core.
pub fn hash_password(password: &str) -> Result<String, Error> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(Error::Password(format!(
            "a password has at least {SHORTEST} characters and at most {LONGEST} bytes"
        )));
    }
    hasher()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Password(error.to_string()))
}

/// Whether the password is the one of the hash. A hash that is none (`None`: no such account) takes as long as a wrong
/// password, so that the time does not tell which names exist.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    if password.len() > LONGEST {
        return false;
    }
    let parsed = hash.and_then(|hash| PasswordHash::new(hash).ok());
    let known = parsed.is_some();
    let decoy = decoy();
    let parsed = match parsed {
        Some(parsed) => parsed,
        None => match PasswordHash::new(decoy) {
            Ok(parsed) => parsed,
            Err(_) => return false,
        },
    };
    hasher()
        .verify_password(password.as_bytes(), &parsed)
        .is_ok()
        && known
}

fn hasher() -> Argon2<'static> {
    let params =
        Params::new(19 * 1024, 2, 1, None).expect("these parameters lie within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn decoy() -> &'static str {
    static DECOY: OnceLock<String> = OnceLock::new();
    DECOY.get_or_init(|| hash_password("nobody has this password").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_opens() {
        let hash = hash_password("correct horse").expect("it hashes");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(verify_password("correct horse", Some(&hash)));
        assert!(!verify_password("correct horsf", Some(&hash)));
        assert!(!verify_password("nobody has this password", None));
        assert!(!verify_password("correct horse", Some("not a hash")));
        assert_ne!(
            hash,
            hash_password("correct horse").expect("it hashes"),
            "each has a salt of its own"
        );
    }

    #[test]
    fn a_short_or_endless_password_is_refused() {
        assert!(hash_password("short").is_err());
        assert!(hash_password(&"长".repeat(9)).is_err());
        assert!(hash_password(&"长".repeat(10)).is_ok());
        assert!(hash_password(&"x".repeat(257)).is_err());
    }
}
