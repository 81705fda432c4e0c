// The live picture and sound over WebRTC, asked for as WHEP says
// (draft-ietf-wish-whep): one offer with all candidates, one answer.
import { problem } from './api'

const gatherTime = 1500 // ms: a loopback address is found at once
const connectTime = 8000

/** A running viewing; end it with close. */
export interface Viewing {
  stream: MediaStream
  /** Fulfilled when the connection has failed. */
  failed: Promise<void>
  close(): void
}

/** Asks the engine for the programme; throws if it cannot be had. */
export async function watch(signal: AbortSignal): Promise<Viewing> {
  const peer = new RTCPeerConnection({ iceServers: [] })
  let viewer = ''
  const close = () => {
    peer.close()
    // The engine notices a vanished viewer by itself; this spares it the waiting.
    if (viewer) void fetch(viewer, { method: 'DELETE', keepalive: true }).catch(() => {})
    viewer = ''
  }
  try {
    const stream = new MediaStream()
    peer.ontrack = (event) => stream.addTrack(event.track)
    peer.addTransceiver('video', { direction: 'recvonly' })
    peer.addTransceiver('audio', { direction: 'recvonly' })
    const offer = await peer.createOffer()
    // Browsers play one channel of Opus unless the offer asks for two.
    const sdp = (offer.sdp ?? '').replace(/(a=fmtp:\d+ [^\r\n]*useinbandfec=1)(?![^\r\n]*stereo=1)/g, '$1;stereo=1')
    await peer.setLocalDescription({ type: 'offer', sdp })
    await gathered(peer)
    const response = await fetch('/api/preview', {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp' },
      body: peer.localDescription!.sdp,
      signal,
    })
    if (!response.ok) throw await problem(response)
    viewer = response.headers.get('Location') ?? ''
    await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() })
    await connected(peer, signal)
    const failed = new Promise<void>((resolve) => {
      let grace = 0
      peer.onconnectionstatechange = () => {
        clearTimeout(grace)
        if (peer.connectionState === 'failed' || peer.connectionState === 'closed') resolve()
        if (peer.connectionState === 'disconnected') grace = window.setTimeout(resolve, 3000)
      }
    })
    return { stream, failed, close }
  } catch (error) {
    close()
    throw error
  }
}

function gathered(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      if (peer.iceGatheringState === 'complete') resolve()
    }
    peer.onicegatheringstatechange = done
    setTimeout(resolve, gatherTime)
    done()
  })
}

function connected(peer: RTCPeerConnection, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the live picture did not connect')), connectTime)
    const look = () => {
      if (peer.connectionState === 'connected') resolve()
      else if (peer.connectionState === 'failed') reject(new Error('the live picture did not connect'))
      else return
      clearTimeout(timer)
    }
    peer.onconnectionstatechange = look
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new Error('ended'))
    })
    look()
  })
}
