//! Labels made and read again through the public interface.

mod reading;
mod rendering;
mod terminal;
