//! Lock-free cells for references that become known late.
//!
//! All tables of a session are leaked, so a late fact is a pointer to something `'static`: reading it costs one load.

use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A cell that holds no reference at first and a `&'static T` once set; may be set again.
pub struct LateRef<T: 'static>(AtomicPtr<T>, PhantomData<&'static T>);

impl<T> LateRef<T> {
    /// An empty cell.
    pub const fn empty() -> Self {
        LateRef(AtomicPtr::new(ptr::null_mut()), PhantomData)
    }
    /// A filled cell.
    pub fn new(v: &'static T) -> Self {
        LateRef(AtomicPtr::new(ptr::from_ref(v).cast_mut()), PhantomData)
    }
    /// The current reference.
    #[inline]
    pub fn get(&self) -> Option<&'static T> {
        // SAFETY: the pointer is null or was made from a `&'static T` (`new`, `set`, `set_once`), and is only read through.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }
    /// Replaces the reference.
    pub fn set(&self, v: &'static T) {
        self.0.store(ptr::from_ref(v).cast_mut(), Ordering::Release);
    }
    /// Empties the cell.
    pub fn clear(&self) {
        self.0.store(ptr::null_mut(), Ordering::Release);
    }
    /// Sets the reference unless another thread was first; gives the one that holds.
    pub fn set_once(&self, v: &'static T) -> &'static T {
        let p = ptr::from_ref(v).cast_mut();
        match self.0.compare_exchange(ptr::null_mut(), p, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => v,
            // SAFETY: as in `get`; the exchange failed, so the pointer is not null.
            Err(q) => unsafe { &*q },
        }
    }
}

impl<T> Default for LateRef<T> {
    fn default() -> Self {
        Self::empty()
    }
}

/// A slice that becomes known late; empty until then. Setting it again leaks the old header (16 bytes).
pub struct LateSlice<T: 'static>(LateRef<&'static [T]>);

impl<T> LateSlice<T> {
    /// An empty cell.
    pub const fn empty() -> Self {
        LateSlice(LateRef::empty())
    }
    /// A cell with this value.
    pub fn new(v: &'static [T]) -> Self {
        let c = Self::empty();
        c.set(v);
        c
    }
    /// The slice; empty if not set.
    #[inline]
    pub fn get(&self) -> &'static [T] {
        self.0.get().copied().unwrap_or(&[])
    }
    /// Whether `set` was called with a non-empty slice.
    pub fn is_set(&self) -> bool {
        self.0.get().is_some()
    }
    /// Replaces the slice.
    pub fn set(&self, v: &'static [T]) {
        if v.is_empty() {
            self.0.clear();
        } else {
            self.0.set(leak(v));
        }
    }
}

impl<T> Default for LateSlice<T> {
    fn default() -> Self {
        Self::empty()
    }
}

/// Moves a value into the session's permanent memory.
pub fn leak<T>(v: T) -> &'static T {
    Box::leak(Box::new(v))
}

/// Moves a list into the session's permanent memory.
pub fn leak_vec<T>(v: Vec<T>) -> &'static [T] {
    if v.is_empty() { &[] } else { Box::leak(v.into_boxed_slice()) }
}

/// Declares a `Copy` handle to a leaked record: equality and hash are identity, fields are reached by `Deref`.
macro_rules! handle {
    ($(#[$m:meta])* $name:ident, $data:ident, $late:ident) => {
        $(#[$m])*
        #[derive(Clone, Copy)]
        pub struct $name(pub &'static $data);
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, o: &$name) -> bool {
                std::ptr::eq(self.0, o.0)
            }
        }
        impl Eq for $name {}
        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, h: &mut H) {
                h.write_usize(std::ptr::from_ref(self.0) as usize);
            }
        }
        impl std::ops::Deref for $name {
            type Target = $data;
            #[inline]
            fn deref(&self) -> &$data {
                self.0
            }
        }
        /// A late-set handle.
        #[derive(Default)]
        pub struct $late(LateRef<$data>);
        impl $late {
            /// An empty cell.
            pub const fn empty() -> Self {
                $late(LateRef::empty())
            }
            /// A cell with this value.
            pub fn new(v: Option<$name>) -> Self {
                match v {
                    Some(v) => $late(LateRef::new(v.0)),
                    None => $late(LateRef::empty()),
                }
            }
            /// The handle, if set.
            #[inline]
            pub fn get(&self) -> Option<$name> {
                self.0.get().map($name)
            }
            /// Replaces the handle.
            pub fn set(&self, v: $name) {
                self.0.set(v.0);
            }
            /// Empties the cell.
            pub fn clear(&self) {
                self.0.clear();
            }
            /// Sets the handle unless another thread was first; gives the one that holds.
            pub fn set_once(&self, v: $name) -> $name {
                $name(self.0.set_once(v.0))
            }
        }
    };
}
pub(crate) use handle;
