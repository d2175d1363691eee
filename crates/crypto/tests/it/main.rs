//! Tests of digests and signatures through their public interface.

mod golden;
mod speccheck;
