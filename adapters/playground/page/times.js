// Times as the person whom you are sees them: in their zone, and counted from the playground's clock.

const language = 'en-GB'
const STYLES = {
  full: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  date: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit' },
  short: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  year: { year: 'numeric' },
  day: { weekday: 'long', day: 'numeric', month: 'long' },
}

export const clock = { at: 0, since: 0, zone: 'UTC' }

export function setClock(now) {
  clock.at = now
  clock.since = performance.now()
}

// Seconds since 1970, by the playground's clock.
export const now = () => clock.at + (performance.now() - clock.since) / 1000

export function inWords(seconds, style = 'short') {
  const format = new Intl.DateTimeFormat(language, { ...STYLES[style === 'relative' ? 'short' : style], timeZone: clock.zone })
  return format.format(new Date(seconds * 1000))
}

export const sameDay = (one, other) => inWords(one, 'date') === inWords(other, 'date')

export const sameYear = (one, other) => inWords(one, 'year') === inWords(other, 'year')

const UNITS = [['year', 31536000], ['month', 2592000], ['day', 86400], ['hour', 3600], ['minute', 60]]

export function fromNow(seconds) {
  const away = seconds - now()
  const [unit, size] = UNITS.find(([, size]) => Math.abs(away) >= size) ?? ['minute', 60]
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.round(away / size), unit)
}
