// Elements out of values.  Text becomes text nodes only: nothing that people wrote is ever read as HTML.

export function make(tag, set = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(set)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value)
    else if (name === 'value' || name === 'checked') made[name] = value
    else made.setAttribute(name, value === true ? '' : value)
  }
  made.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== ''))
  return made
}

export const find = id => document.getElementById(id)

const SVG = 'http://www.w3.org/2000/svg'

export function icon(path) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS(SVG, 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

// An address that may be followed: of the web, and nothing else.
export function follow(url, ...words) {
  if (!/^https?:\/\//i.test(url)) return make('span', {}, ...words)
  return make('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, ...words)
}

// Put other children in, and the keyboard back on the one that stands for the same thing.
export function refill(container, ...children) {
  const { link, person, channel } = container.contains(document.activeElement) ? document.activeElement.dataset : {}
  container.replaceChildren(...children)
  const same = each => (link && each.dataset.link === link) || (person && each.dataset.person === person)
    || (channel && each.dataset.channel === channel)
  if (link || person || channel) [...container.querySelectorAll('button, summary')].find(same)?.focus()
}
