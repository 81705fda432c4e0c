// What the page says, in the two languages of the box.
import type { Text } from './api'

export type Language = 'zh' | 'en'

const zh = {
  page: '导播台',
  otherLanguage: 'English',
  switchLanguage: '切换到英文',
  connecting: '正在连接主机…',
  lost: '与主机的连接已断开，正在重新连接…',
  lostDetail: '已在进行的直播和录制不受影响；恢复之前，下面显示的是断开前的状态。',
  unreachable: '主机没有回应，请再试一次',
  dismiss: '关闭',
  onAir: '直播中',
  offAir: '未直播',
  startBroadcast: '开始直播',
  endBroadcast: '结束直播',
  record: '录制',
  startRecording: '开始录制',
  endRecording: '停止录制',
  holdToEnd: '按住结束，或点两次',
  again: '再点一次确认结束',
  programme: '节目画面',
  live: '实时',
  pictures: '图片预览（实时画面不可用）',
  waitingPicture: '等待画面…',
  unmute: '打开声音',
  mute: '静音',
  cameras: '机位',
  takeCamera: '切到主画面',
  main: '主画面',
  inShot: '在画面中',
  lostFrames: '丢帧',
  layout: '画面布局',
  layouts: { full: '单画面', pip: '画中画', sidebyside: '并排', quad: '四分屏' },
  transition: '切换方式',
  transitions: { cut: '直切', dissolve: '叠化' },
  steps: '工序',
  noProcedure: '没有载入工序',
  previous: '上一步',
  next: '下一步',
  readings: '仪器读数',
  noReadings: '没有配置仪器',
  sound: '声音',
  silence: '静音',
  destinations: '直播去向',
  noDestinations: '没有配置直播去向',
  queue: '待发',
  sent: '已发',
  dropped: '丢弃',
  attempts: '尝试',
  numbers: '运行数据',
  frames: '帧数',
  frameRate: '帧率',
  droppedFrames: '丢帧',
  bitRate: '码率',
  latency: '延迟',
  cpu: '处理器',
  cores: '核',
  memory: '内存',
  disk: '磁盘剩余',
  uptime: '已运行',
  version: '版本',
  health: { live: '一切正常', troubled: '请注意', failed: '有故障' },
  faults: '需要查看',
  states: { off: '未启用', connecting: '连接中', live: '正常', troubled: '不稳定', waiting: '稍后重试', failed: '失败' },
  qualities: { ok: '无数据', unstable: '未稳定', over: '超量程', under: '低于量程', fault: '断线', stale: '数据过期' },
  space: '空格',
  notRecording: '未录制',
}

const en: typeof zh = {
  page: 'Gallery',
  otherLanguage: '中文',
  switchLanguage: 'Switch to Chinese',
  connecting: 'Connecting to the engine…',
  lost: 'The connection to the engine is lost; reconnecting…',
  lostDetail: 'A running broadcast or recording goes on. Until then, below is the state before the loss.',
  unreachable: 'The engine did not answer: please try again',
  dismiss: 'Dismiss',
  onAir: 'ON AIR',
  offAir: 'OFF AIR',
  startBroadcast: 'Start broadcast',
  endBroadcast: 'End broadcast',
  record: 'Recording',
  startRecording: 'Start recording',
  endRecording: 'Stop recording',
  holdToEnd: 'hold to end, or click twice',
  again: 'Click again to end',
  programme: 'Programme',
  live: 'Live',
  pictures: 'Pictures only (no live video)',
  waitingPicture: 'Waiting for a picture…',
  unmute: 'Sound on',
  mute: 'Mute',
  cameras: 'Cameras',
  takeCamera: 'Take as main camera',
  main: 'Main',
  inShot: 'In shot',
  lostFrames: 'lost',
  layout: 'Layout',
  layouts: { full: 'Full', pip: 'Picture in picture', sidebyside: 'Side by side', quad: 'Quad' },
  transition: 'Transition',
  transitions: { cut: 'Cut', dissolve: 'Dissolve' },
  steps: 'Steps',
  noProcedure: 'No procedure is loaded',
  previous: 'Previous',
  next: 'Next step',
  readings: 'Readings',
  noReadings: 'No instrument is configured',
  sound: 'Sound',
  silence: 'silence',
  destinations: 'Destinations',
  noDestinations: 'No destination is configured',
  queue: 'queue',
  sent: 'sent',
  dropped: 'dropped',
  attempts: 'attempts',
  numbers: 'Numbers',
  frames: 'Frames',
  frameRate: 'Rate',
  droppedFrames: 'Dropped',
  bitRate: 'Bit rate',
  latency: 'Latency',
  cpu: 'CPU',
  cores: 'cores',
  memory: 'Memory',
  disk: 'Disk free',
  uptime: 'Running',
  version: 'Version',
  health: { live: 'All well', troubled: 'Needs a look', failed: 'Fault' },
  faults: 'To look at',
  states: { off: 'Off', connecting: 'Connecting', live: 'Live', troubled: 'Unsteady', waiting: 'Will retry', failed: 'Failed' },
  qualities: { ok: 'No data', unstable: 'Unsteady', over: 'Over range', under: 'Under range', fault: 'Fault', stale: 'Out of date' },
  space: 'Space',
  notRecording: 'not recording',
}

const storageKey = 'studio.language'

function preferred(): Language {
  try {
    const kept = localStorage.getItem(storageKey)
    if (kept === 'zh' || kept === 'en') return kept
  } catch {
    // No storage: the browser's language decides each time.
  }
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

let language = $state<Language>(preferred())

/** The page's words in the present language. */
export function words(): typeof zh {
  return language === 'zh' ? zh : en
}

export function presentLanguage(): Language {
  return language
}

export function switchLanguage(): void {
  language = language === 'zh' ? 'en' : 'zh'
  try {
    localStorage.setItem(storageKey, language)
  } catch {
    // It is not remembered, then.
  }
}

/** A text of the box in the present language, in the other one if there is no such. */
export function say(text: Text): string {
  return language === 'zh' ? text.zh || text.en : text.en || text.zh
}

/** A word for a code of the API; the code itself if a newer engine has more of them. */
export function word(list: Record<string, string>, code: string): string {
  return list[code] ?? code
}
