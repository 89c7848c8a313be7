//! The server over real HTTP, on a port of its own, with a store in a folder of its own.

mod advice;
mod broken;
mod codes;
mod commands;
mod due;
mod files;
mod limits;
mod live;
mod map;
mod ogc;
mod packs;
mod past;
mod reading;
mod shape;
mod sign_in;
mod slow;
mod surfaces;
mod town;
