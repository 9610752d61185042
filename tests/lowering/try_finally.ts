export function copy(store: Store, keys: string[]) {
  const lock = store.lock()
  try {
    for (const key of keys) {
      if (!key) continue
      if (key === 'end') return null
      store.copy(key)
    }
  } catch {
    store.reset()
  } finally {
    lock.release()
  }
  return store
}
