module testbed/programs

go 1.24.0
