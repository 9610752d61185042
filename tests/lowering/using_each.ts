export async function each(list: Iterable<Disposable>) {
  for (using item of list) {
    item.read()
  }
  for (await using other of list) {
    other.read()
  }
  for await (const plain of list) {
    plain.read()
  }
}
