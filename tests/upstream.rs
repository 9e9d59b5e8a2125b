//! Offices and HTTP dialogues end to end: real sockets, real files, the shipped sample office at the other end.
