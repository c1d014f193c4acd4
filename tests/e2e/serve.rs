//! Every kind of call, as grpcurl users make it.
