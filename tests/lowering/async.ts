export async function load(url: string, signal?: AbortSignal) {
  const response = await fetch(url, { signal })
  const body = response.ok ? await response.json() : undefined
  const first = body?.items?.[0] ?? (await fallback(url))
  for await (const chunk of response.body) console.log(chunk)
  return first
}

function* numbers(limit: number) {
  let next = 0
  while (next < limit) yield next++
}

const fallback = (url: string) => load(url).then((body) => body).catch(() => null)
