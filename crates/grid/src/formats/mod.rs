//! Files of every kind that a town keeps its cells in, to and from a [`crate::Layer`].
