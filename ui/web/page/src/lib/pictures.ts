// Small pictures of cameras and canvases, fetched one after the other: a browser has
// six connections to one host, and commands must never wait for pictures.
import { pictureAddress } from './api'

const lanes = 2
let used = 0
const waiting: (() => void)[] = []

async function inLane<T>(work: () => Promise<T>): Promise<T> {
  if (used >= lanes) await new Promise<void>((go) => waiting.push(go))
  else used++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else used--
  }
}

/**
 * Draws the newest picture of a name onto a canvas, rate times a second at most,
 * until signal is aborted; rests while nobody can see the page.
 */
export async function show(canvas: HTMLCanvasElement, name: string, width: number, rate: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const begin = performance.now()
    let pause = 1000 / rate
    if (!document.hidden) {
      try {
        const picture = await inLane(() => fetchPicture(name, width, signal))
        if (picture && !signal.aborted) draw(canvas, picture)
        else pause = 1000
        picture?.close()
      } catch {
        pause = 1500 // the engine is away; the page says so elsewhere
      }
    }
    const rest = Math.max(20, pause - (performance.now() - begin))
    await new Promise((go) => setTimeout(go, rest))
  }
}

async function fetchPicture(name: string, width: number, signal: AbortSignal): Promise<ImageBitmap | null> {
  if (signal.aborted) return null
  const response = await fetch(pictureAddress(name, width), {
    cache: 'no-store',
    signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
  })
  if (!response.ok) return null
  return createImageBitmap(await response.blob())
}

function draw(canvas: HTMLCanvasElement, picture: ImageBitmap): void {
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width
    canvas.height = picture.height
  }
  canvas.getContext('2d')?.drawImage(picture, 0, 0)
  canvas.dataset.drawn = String(Number(canvas.dataset.drawn ?? 0) + 1)
}
