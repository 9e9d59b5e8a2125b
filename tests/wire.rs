//! Links over real sockets.

mod smpp_wire;
