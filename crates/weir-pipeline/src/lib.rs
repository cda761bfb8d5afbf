//! Connects the stages: bounded queues, back-pressure, loss accounting, ordered shutdown.
