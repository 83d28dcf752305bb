//! Cells for facts that become known while a package is checked, readable from other threads afterwards.

use parking_lot::RwLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A cell of a cloneable value. Reads clone; the lock is uncontended once the owning package is complete.
#[derive(Debug, Default)]
pub struct Late<T>(RwLock<T>);

impl<T: Clone> Late<T> {
    pub fn new(v: T) -> Self {
        Late(RwLock::new(v))
    }
    pub fn get(&self) -> T {
        self.0.read().clone()
    }
    pub fn set(&self, v: T) {
        *self.0.write() = v;
    }
}

impl<T> Late<T> {
    /// Runs `f` on the value without cloning it. `f` must not touch this cell again for writing.
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.0.read())
    }
    /// Runs `f` on the value for update.
    pub fn update<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.0.write())
    }
}

/// A cell of a 32-bit id; 0 means "not known yet".
#[derive(Debug, Default)]
pub struct LateId(AtomicU32);

impl LateId {
    pub const fn new(v: u32) -> Self {
        LateId(AtomicU32::new(v))
    }
    /// Acquire: pairs with the Release of `set`, so that what the id names is visible.
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }
    pub fn set(&self, v: u32) {
        self.0.store(v, Ordering::Release);
    }
}
