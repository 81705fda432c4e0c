// Figures as a person reads them.

/** 4.5 Mb/s, 128 kb/s. */
export function bitRate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e6) return `${(bitsPerSecond / 1e6).toFixed(2)} Mb/s`
  return `${Math.round(bitsPerSecond / 1e3)} kb/s`
}

/** 412 MB, 1.3 GB (powers of 1000, as disks are sold and counted). */
export function bytes(count: number): string {
  for (const [size, unit] of [[1e12, 'TB'], [1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']] as const) {
    if (count >= size) return `${(count / size).toFixed(count < 10 * size ? 1 : 0)} ${unit}`
  }
  return `${count} B`
}

/** 1 234 567, with narrow spaces. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** 0:07:05. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

/** −9.3 dB. */
export function decibels(db: number): string {
  return `${db < 0 ? '\u2212' : ''}${Math.abs(db).toFixed(1)} dB`
}
