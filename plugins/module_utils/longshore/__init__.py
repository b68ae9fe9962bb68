"""What Longshore's modules share on the host."""
