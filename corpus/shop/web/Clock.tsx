// A clock in the page's corner. The effect starts a timer at every change of `zone` and stops none.
import { useEffect, useState } from 'react'

export function Clock({ zone }: { zone: string }) {
  const [now, setNow] = useState(new Date())

  useEffect(() => {
    setInterval(() => setNow(new Date()), 1_000)
  }, [zone])

  return <time>{now.toLocaleTimeString('en', { timeZone: zone })}</time>
}
