//! Starts the services as processes of their own, as in production.
