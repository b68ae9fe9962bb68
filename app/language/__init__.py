"""What a person writes and reads: numbers, units, quantities and expressions, parsed without evaluating anything."""
