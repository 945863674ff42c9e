"""The installed programs, as users start them: in shell pipes and by Meltano."""
