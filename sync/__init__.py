"""Responses to the cloud: protocol, outbox, transport, agent; and the collector, the other end."""
