"""What the shop has, and the page which shows it."""
