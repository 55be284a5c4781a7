//! Whole clients in many tabs, against a server: what each rule is for.
