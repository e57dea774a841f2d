"""The report: a review as one HTML file in which every number says where it comes from."""
