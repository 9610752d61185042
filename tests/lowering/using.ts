import { open } from './files'

export async function read(path: string) {
  using plain = open(path)
  await using other = await open(path + '.bak')
  if (plain.size === 0) return other
  return plain.merge(other)
}
