"""The gateway's other picture engines: ideogram, fal, Jimeng and Kling (docs/relay.md 9 to 12)."""
