-- From the first call on, both planners know how the rows are spread.
ANALYZE;
