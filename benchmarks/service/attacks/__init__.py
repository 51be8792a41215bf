"""Eight attacks on a service of one's own, on this machine, bounded in number and time."""
