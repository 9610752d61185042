function route(kind, out) {
  switch (kind) {
    case 'a':
      out.start()
    case 'b':
      out.write()
      break
    case 'c': {
      return out.end()
    }
    default:
      throw new Error(kind)
  }
  out.flush()
}
