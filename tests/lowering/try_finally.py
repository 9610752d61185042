def convert(path, target):
    source = open(path)
    try:
        rows = parse(source)
    except ValueError as error:
        log(error)
        return None
    except (OSError, KeyError):
        raise
    else:
        target.write(rows)
    finally:
        source.close()
    return target


def retry(job):
    while True:
        try:
            return job()
        except Exception:
            continue
        finally:
            job.reset()
    else:
        job.never()
