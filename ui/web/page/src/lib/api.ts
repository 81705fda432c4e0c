// The engine's API, typed by its OpenAPI document.
import type { components } from '../api.gen'

type Schemas = components['schemas']
export type Status = Schemas['Status']
export type Canvas = Schemas['Canvas']
export type Camera = Schemas['Camera']
export type Destination = Schemas['Destination']
export type DestinationChange = Schemas['ChangeDestination']
export type DestinationCheck = Schemas['DestinationCheck']
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
  'change-destination': DestinationChange
  'add-destination': Schemas['AddDestination']
  'remove-destination': Schemas['RemoveDestination']
  'stream-key': Schemas['StreamKey']
  'check-line': Schemas['CheckLine']
  mark: Schemas['Mark']
  keep: Schemas['Keep']
  step: Schemas['Step']
  broadcast: Schemas['Broadcast']
  recording: Schemas['Recording']
}

/** What the engine answers in place of a status; its text is a sentence for a person. */
export class Problem extends Error {
  constructor(readonly text: Text) {
    super(text.en)
  }
}

/** Sends a command and returns the status after it; throws a Problem. */
export function send<C extends keyof Commands>(command: C, body: Commands[C]): Promise<Status> {
  return post(command, body, AbortSignal.timeout(15_000))
}

/** Asks what a change would lead to, without making it; throws a Problem. */
export function check(change: DestinationChange, signal: AbortSignal): Promise<DestinationCheck> {
  return post('check-destination', change, signal)
}

async function post<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
  const response = await fetch(`/api/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal })
  if (!response.ok) throw await problem(response)
  return (await response.json()) as T
}

/** Reads a refused answer. */
export async function problem(response: Response): Promise<Problem> {
  const status = `${response.status} ${response.statusText}`
  try {
    const body = (await response.json()) as Schemas['ErrorModel']
    return new Problem(body.words ?? { zh: '', en: body.detail ?? status })
  } catch {
    // Not a problem document: the status line has to do.
    return new Problem({ zh: `主机没有完成（${response.status}）`, en: status })
  }
}

/** The address of one small picture of a canvas or a camera. */
export function pictureAddress(name: string, width: number): string {
  return `/api/pictures/${encodeURIComponent(name)}.jpg?width=${width}`
}

/** Where a kept moment can be fetched. */
export function clipAddress(name: string): string {
  return `/api/clips/${encodeURIComponent(name)}`
}

/** The file for whoever helps from afar; its name comes with it. */
export const supportAddress = '/api/support'

/** Go's zero time: "not yet". */
export function isZero(time: string): boolean {
  return time.startsWith('0001-')
}
