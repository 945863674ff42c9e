"""Bad days: broken answers, hostile input, secrets, bounds, supply chain."""
