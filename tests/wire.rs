//! Links over real sockets.

mod smpp_stop;
mod smpp_wire;
mod smpp_world;
