//! Databases that go away, web services that misbehave, clients that leave.
