//! What passes need to know about Go types.
