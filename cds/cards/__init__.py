"""Speech: findings become few, precise cards."""
