// What this page's hands are set to: which canvas is looked at, how the next shot is
// reached, and whether a camera goes to preview or on air.
import { type Camera, type Canvas, type Layout, type Transition } from './api'
import { studio } from './studio.svelte'

export type Tab = 'sound' | 'camera' | 'destinations' | 'recordings' | 'numbers'

/** How far back a clip may reach, in seconds. */
export const markLengths = [30, 60, 300] as const

class Desk {
  /** Name of the canvas that is shown large; the first one until another is chosen. */
  chosen = $state('')
  transition = $state<Transition>('dissolve')
  /** Of the transition; 0 is its usual one. */
  durationMs = $state(0)
  /** Cameras and layouts go to preview first. */
  cueing = $state(false)
  /** A camera is taken on every canvas. */
  together = $state(true)
  tab = $state<Tab>('sound')
  /** Name of the camera whose framing and delay are shown. */
  framed = $state('')
  markSeconds = $state<number>(30)

  canvases = $derived(studio.status?.canvases ?? [])
  canvas = $derived<Canvas | undefined>(this.canvases.find((c) => c.name === this.chosen) ?? this.canvases[0])
  camera = $derived<Camera | undefined>(studio.status?.cameras.find((c) => c.name === this.framed) ?? studio.status?.cameras[0])

  #way() {
    return { transition: this.transition, ...(this.durationMs > 0 && this.transition !== 'cut' ? { durationMs: this.durationMs } : {}) }
  }

  /** Makes a camera the main one, on preview or on air. */
  pick(camera: string): void {
    const canvas = this.canvas
    if (!canvas) return
    if (this.cueing) void studio.do('cue', { canvas: canvas.name, cameras: [camera] })
    else void studio.do('take', { ...(this.together ? {} : { canvas: canvas.name }), cameras: [camera], ...this.#way() })
  }

  /** Shows the present cameras in another layout, on preview or on air. */
  arrange(layout: Layout): void {
    const name = this.canvas?.name ?? ''
    const shot = (cameras: string[]) => ({ canvas: name, layout: layout.name, cameras: this.#some(cameras) })
    const now = () => this.canvases.find((c) => c.name === name)
    if (this.cueing) void studio.do('cue', () => shot(now()?.preview.cameras ?? []))
    else void studio.do('take', () => ({ ...shot(now()?.cameras ?? []), ...this.#way() }))
  }

  // A shot names at least one camera and at most eight.
  #some(cameras: string[]): string[] {
    return cameras.length > 0 ? cameras.slice(0, 8) : (studio.status?.cameras ?? []).slice(0, 1).map((c) => c.name)
  }

  get cued(): boolean {
    return (this.canvas?.preview.cameras?.length ?? 0) > 0
  }

  /** Puts the preview on air, now or after a countdown. */
  take(inSeconds = 0): void {
    const canvas = this.canvas
    if (!canvas?.on || !this.cued || canvas.takeInMs > 0) return
    void studio.do('take-cue', { canvas: canvas.name, ...this.#way(), ...(inSeconds > 0 ? { inSeconds } : {}) })
  }

  cancel(): void {
    if (this.canvas) void studio.do('take-cue', { canvas: this.canvas.name, cancel: true })
  }

  mark(): void {
    void studio.do('mark', { seconds: this.markSeconds })
  }

  /** Opens the drawer of one camera. */
  frame(camera: string): void {
    this.framed = camera
    this.tab = 'camera'
  }
}

export const desk = new Desk()
