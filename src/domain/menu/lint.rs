//! Faults that only show when everything is read: lengths, scripts, words, codes, reachability.
