// The studio as this page sees it: the newest status, whether the engine can be
// reached, and the commands.
import { type Commands, Problem, send, type Status, type Text } from './api'
import { en } from './en'
import { zh } from './zh'

const patience = 3000 // ms without a status before the connection counts as lost
const firstPause = 400 // ms before the first new attempt, doubled up to
const longestPause = 5000

/** Figures over which frame rates are measured reach this far back, in ms. */
const rateWindow = 4000

/** Commands that change pictures wait for each other; a privacy mute waits for none. */
const picture = new Set<keyof Commands>(['take', 'cue', 'take-cue', 'canvas', 'director', 'frame', 'step'])

class Studio {
  status = $state.raw<Status | null>(null)
  link = $state<'connecting' | 'up' | 'lost'>('connecting')
  /** The last command that failed, in the engine's words. */
  refusal = $state.raw<Text | null>(null)
  /** How many of each command are under way. */
  busy = $state<Partial<Record<keyof Commands, number>>>({})
  /** Frames a second that each canvas made of late; 0 until measured. */
  rates = $state.raw<Record<string, number>>({})

  ready = $derived(this.link === 'up' && this.status !== null)

  #history: { at: number; frames: Record<string, number> }[] = []
  #refusalTimer = 0

  /** Follows the engine's status until the returned function is called. */
  follow(): () => void {
    let socket: WebSocket | undefined
    let timer = 0
    let pause = firstPause
    let ended = false

    const listen = () => {
      const mine = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/status/live`)
      socket = mine
      const lost = () => {
        if (socket !== mine || ended) return
        socket = undefined
        clearTimeout(timer)
        mine.close()
        this.link = 'lost'
        this.#history = []
        timer = window.setTimeout(listen, pause * (0.75 + Math.random() / 2))
        pause = Math.min(pause * 2, longestPause)
      }
      timer = window.setTimeout(lost, patience)
      mine.onmessage = (event) => {
        if (socket !== mine) return
        clearTimeout(timer)
        timer = window.setTimeout(lost, patience)
        pause = firstPause
        const fresh = this.link !== 'up'
        this.link = 'up'
        this.#see(JSON.parse(event.data as string) as Status, fresh)
      }
      mine.onclose = lost
      mine.onerror = lost
    }

    listen()
    return () => {
      ended = true
      clearTimeout(timer)
      socket?.close()
    }
  }

  /**
   * Sends a command when those before it that it could follow from are done; a failure
   * is shown, never thrown. The body is made when its turn comes, from what the command
   * before has left.
   */
  do<C extends keyof Commands>(command: C, body: Commands[C] | (() => Commands[C])): Promise<void> {
    if (!this.ready) return Promise.resolve()
    const queue = picture.has(command) ? 'picture' : command
    this.busy[command] = (this.busy[command] ?? 0) + 1
    const done = (this.#last[queue] ?? Promise.resolve()).then(() => this.#carryOut(command, body))
    this.#last[queue] = done
    return done
  }

  isBusy(command: keyof Commands): boolean {
    return !this.ready || (this.busy[command] ?? 0) > 0
  }

  #last: Partial<Record<string, Promise<void>>> = {}

  async #carryOut<C extends keyof Commands>(command: C, body: Commands[C] | (() => Commands[C])): Promise<void> {
    try {
      this.#see(await send(command, typeof body === 'function' ? body() : body), false)
      this.refusal = null
    } catch (error) {
      this.#refuse(error instanceof Problem ? error.text : { zh: zh.unreachable, en: en.unreachable })
    } finally {
      this.busy[command] = (this.busy[command] ?? 1) - 1
    }
  }

  forgive(): void {
    clearTimeout(this.#refusalTimer)
    this.refusal = null
  }

  #refuse(text: Text): void {
    this.refusal = text
    clearTimeout(this.#refusalTimer)
    this.#refusalTimer = window.setTimeout(() => (this.refusal = null), 8000)
  }

  /** Takes a status in, unless a newer one has come by the other way. */
  #see(status: Status, fresh: boolean): void {
    const age = this.status && !fresh ? Date.parse(this.status.time) - Date.parse(status.time) : 0
    if (age > 0 && age < 2000) return // a larger step is the engine's clock being set
    this.status = status
    this.#measure(status)
  }

  #measure(status: Status): void {
    const at = status.box.uptimeMs
    if (at < (this.#history.at(-1)?.at ?? 0)) this.#history = [] // another engine
    this.#history.push({ at, frames: Object.fromEntries(status.canvases.map((c) => [c.name, c.frames])) })
    while (this.#history.length > 2 && at - this.#history[0]!.at > rateWindow) this.#history.shift()
    const first = this.#history[0]!
    const passed = (at - first.at) / 1000
    if (passed < 1) return
    this.rates = Object.fromEntries(
      status.canvases.map((c) => [c.name, Math.max(0, (c.frames - (first.frames[c.name] ?? c.frames)) / passed)]),
    )
  }
}

export const studio = new Studio()
