//! What upstream's library has in assembly for amd64, supplied natively under the names its Go files declare.
//!
//! Takes arguments by Go's convention (`abi::funcs::native` is the list), works on memory that Go owns, allocates nothing
//! and keeps no pointer. Two forms:
//!
//! - *leaves*, assembly that runs on the goroutine's stack and uses none of it but the return address: for work of a few
//!   nanoseconds, where the switch to the system stack would show;
//! - Rust functions `native.<name>`, called through a thunk on the system stack, at most `CHUNK` bytes of input at a time.
//!
//! Which instructions may be used is upstream's decision: its Go code calls a function only where `internal/cpu` reports what
//! the function's name or the package's initialisation asks for. Secrets (keys, scalars) decide neither branches nor addresses.

#[cfg(not(test))]
mod aes_leaf;
#[cfg(not(test))]
mod arith_leaf;
#[cfg(not(test))]
mod crc32_leaf;
#[cfg(not(test))]
mod maphash_leaf;
#[cfg(not(test))]
mod math_leaf;
#[cfg(not(test))]
mod sha256_leaf;

pub mod aes;
pub mod chacha8;
pub mod crc32;
pub mod gcm;
pub mod keccak;
pub mod md5;
pub mod p256;
pub mod primes;
pub mod sha1;
pub mod sha256;
pub mod sha512;
