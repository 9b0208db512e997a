"""What Moodpost is held to."""
