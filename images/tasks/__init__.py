"""What a request need not wait for: the queue, and who works it off."""
