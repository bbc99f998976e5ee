"""Pages for people: the workbench, the knowledge browser and coverage. No rule logic lives here."""
