"""What tests share: rendered data, ways to run programs and workflows, and waiting."""
