"""What one stage hands to the next: identifiers, records, outcomes."""
