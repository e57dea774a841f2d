"""The United States National Health and Nutrition Examination Survey: files, cohort, models."""
