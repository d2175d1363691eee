//! Tests of the whole system: authorities and services as processes of the built `theriac`
//! program, on loopback, talking over their published interfaces. Everything is in `tests/it`.
