package abi

// Registers of our calling convention (docs/abi.md, crates/abi/src/regs.rs); upstream's values are those of gc.
const (
	// IntArgRegs is the number of integer and pointer registers for arguments, and again for results.
	IntArgRegs = 5

	// FloatArgRegs is the same for floating-point values.
	FloatArgRegs = 8

	// EffectiveFloatRegSize is how many bytes of a floating-point register carry a value.
	EffectiveFloatRegSize = 8
)
