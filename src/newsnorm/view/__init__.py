"""What `explain` found, shown to people: on a terminal and as a page."""
