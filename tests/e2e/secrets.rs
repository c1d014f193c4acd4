//! Passwords are shown nowhere, and nothing listens beyond loopback.
