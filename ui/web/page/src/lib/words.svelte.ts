// What the page says, in the two languages of the box.
import type { Text } from './api'
import { en } from './en'
import { zh } from './zh'

export type Language = 'zh' | 'en'
export type Words = typeof zh

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
export function words(): Words {
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
