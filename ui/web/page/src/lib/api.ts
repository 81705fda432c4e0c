// The engine's API, typed by its OpenAPI document.
import type { components } from '../api.gen'

type Schemas = components['schemas']
export type Status = Schemas['Status']
export type Canvas = Schemas['Canvas']
export type Camera = Schemas['Camera']
export type Destination = Schemas['Destination']
export type Layout = Schemas['Layout']
export type Frame = Schemas['Frame']
export type Source = Schemas['SoundSource']
export type Clip = Schemas['Clip']
export type Transition = NonNullable<Schemas['Take']['transition']>
export type Reading = Schemas['Reading']
export type Sound = Schemas['Sound']
export type Text = Schemas['Text']

/** The bodies of the commands, by the last part of their path. */
export interface Commands {
  take: Schemas['Take']
  cue: Schemas['Cue']
  'take-cue': Schemas['TakeCue']
  canvas: Schemas['SwitchCanvas']
  director: Schemas['Direct']
  frame: Schemas['Frame']
  delay: Schemas['Delay']
  clap: Schemas['Clap']
  sound: Schemas['SetSound']
  privacy: Schemas['Privacy']
  destination: Schemas['Send']
  'stream-key': Schemas['StreamKey']
  'check-line': Schemas['CheckLine']
  mark: Schemas['Mark']
  keep: Schemas['Keep']
  step: Schemas['Step']
  broadcast: Schemas['Broadcast']
  recording: Schemas['Recording']
}

/** What the engine answers in place of a status; its message is a sentence for a person. */
export class Problem extends Error {}

/** Sends a command and returns the status after it; throws a Problem. */
export async function send<C extends keyof Commands>(command: C, body: Commands[C]): Promise<Status> {
  const response = await fetch(`/api/${command}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  })
  if (!response.ok) throw await problem(response)
  return (await response.json()) as Status
}

/** Reads a refused answer. */
export async function problem(response: Response): Promise<Problem> {
  let detail = `${response.status} ${response.statusText}`
  try {
    const body = (await response.json()) as Schemas['ErrorModel']
    if (body.detail) detail = body.detail
  } catch {
    // Not a problem document: the status line has to do.
  }
  return new Problem(detail)
}

/** The address of one small picture of a canvas or a camera. */
export function pictureAddress(name: string, width: number): string {
  return `/api/pictures/${encodeURIComponent(name)}.jpg?width=${width}`
}

/** Where a kept moment can be fetched. */
export function clipAddress(name: string): string {
  return `/api/clips/${encodeURIComponent(name)}`
}

/** Go's zero time: "not yet". */
export function isZero(time: string): boolean {
  return time.startsWith('0001-')
}
