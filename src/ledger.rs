//! The stability ledger: what each workload left on the heap, by two witnesses.
