"""The gateway's other picture engines: ideogram, fal, Jimeng and Kling (upstream-api.md sections 12 to 15)."""
