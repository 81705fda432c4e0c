// The one live viewing of this page: whichever element shows the first canvas plays it,
// so that nothing is asked for anew when that picture changes its place.
import { studio } from './studio.svelte'
import { watch } from './whep'

class Live {
  stream = $state.raw<MediaStream | null>(null)
  /** Frames come. */
  playing = $state(false)
  /** Whether this page keeps the sound in. */
  muted = $state(true)
  failures = $state(0)

  #video: HTMLVideoElement | undefined

  /** Plays the viewing in a video element; an action. */
  play = (node: HTMLVideoElement, source: MediaStream | null) => {
    this.#video = node
    const set = (next: MediaStream | null) => {
      node.srcObject = next
      if (next) void node.play().catch(() => {}) // muted pictures always may play; sound may need a touch
    }
    set(source)
    return { update: set }
  }

  /** Watches until signal is aborted, with a fresh viewing whenever one has failed. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (studio.ready) {
        try {
          const viewing = await watch(signal)
          this.stream = viewing.stream
          await Promise.race([viewing.failed, aborted(signal), this.#stalled(signal)])
          viewing.close()
        } catch {
          // Refused or not connected: pictures stand in, and it is tried again.
        }
        this.stream = null
        this.playing = false
        this.failures++
      }
      await new Promise((go) => setTimeout(go, studio.ready ? Math.min(1000 * 2 ** this.failures, 15_000) : 500))
    }
  }

  // Fulfilled when no new frame has been shown for five seconds, page in sight.
  async #stalled(signal: AbortSignal): Promise<void> {
    let frames = -1
    for (let still = 0; still < 5 && !signal.aborted; still++) {
      await new Promise((go) => setTimeout(go, 1000))
      const now = this.#video?.getVideoPlaybackQuality().totalVideoFrames ?? 0
      if (now !== frames || document.hidden) still = 0
      if (now !== frames && now > 0) {
        this.playing = true
        this.failures = 0
      }
      frames = now
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
}

export const live = new Live()
