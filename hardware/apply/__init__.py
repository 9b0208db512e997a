"""What needs root, done by a brief process of its own at the kiosk's request: `request` says what can be asked for,
`client` asks, `server` takes the requests, `deeds` does them. It knows nothing of votes."""
