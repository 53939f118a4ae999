"""What happens on the way from an interaction to jobs: questions, modals, masks, follow-ups."""
