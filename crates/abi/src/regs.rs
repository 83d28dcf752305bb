//! How many registers Go's argument assignment may use (mirrored by the overlay of `internal/abi/abi_amd64.go`).

/// Integer and pointer registers for arguments, and again for results.
pub const INT_ARG_REGS: usize = 5;
/// Floating-point registers for arguments, and again for results.
pub const FLOAT_ARG_REGS: usize = 8;
/// Position (0-based) of the argument block pointer among the integer parameters, when there is one.
pub const ARG_BLOCK_PARAM: usize = 5;
