def measure(bench, results, scratch):
    pass
