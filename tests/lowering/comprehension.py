def lines(paths, seen):
    read = [line for path in paths if path for line in open(path)]
    sizes = {path: len(text) for path, text in zip(paths, read)}
    lazy = (open(path) for path in paths)
    if (first := next(lazy, None)) is not None and first.readable():
        seen.add(first.name)
    head, *rest = sorted(read, key=lambda line: len(line))
    return [head, *rest], sizes
