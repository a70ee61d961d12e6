"""What every audit returns, and what is done with it: gate, baseline, waivers, diff, merge."""
