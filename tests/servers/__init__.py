"""Stand-ins for real services, which tests start on this machine: Claude, the Hub, Slurm."""
