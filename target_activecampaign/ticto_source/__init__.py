"""tap-ticto: Ticto's orders as a Singer tap: postbacks of the inbox, rows of the orders API."""
