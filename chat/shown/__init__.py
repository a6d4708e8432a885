"""What readers are told: rows as the bodies of frames, only what `chat.policy` lets them see."""
