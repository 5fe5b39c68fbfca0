"""What the program costs, as ratios to MediaPipe's own detection on the same frames: `python -m tests.benchmark`."""
