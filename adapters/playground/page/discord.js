// Discord's look: a message of components v2, drawn from the payload that Discord would get.

import { button, menu } from './controls.js'
import { follow, make } from './dom.js'
import { fromNow, inWords } from './times.js'

const STYLES = { 1: 'primary', 2: 'plain', 3: 'good', 4: 'danger', 5: 'plain' }
const STAMPS = { t: 'time', T: 'time', d: 'date', D: 'date', f: 'full', F: 'full' }

export function drawDiscord(payload, act, message) {
  const files = Object.fromEntries(message.files.map((file, n) => [n, file.url]))
  const at = url => files[(payload.attachments ?? []).findIndex(file => `attachment://${file.filename}` === url)]
  return make('div', { class: 'discord' }, (payload.components ?? []).map(part => draw(part, act, { at, menus: menusOf(message) })))
}

// What a menu's choice answers is no part of Discord's payload; the card knows it.
const menusOf = message => Object.fromEntries(
  (message.card?.controls ?? []).filter(control => control.is === 'menu').map(control => [control.link, control.field]))

function draw(part, act, around) {
  const inner = () => (part.components ?? []).map(each => draw(each, act, around))
  switch (part.type) {
    case 17: {
      const box = make('div', { class: 'container' }, inner())
      if (part.accent_color !== undefined && part.accent_color !== null) {
        box.style.setProperty('--accent-line', `#${part.accent_color.toString(16).padStart(6, '0')}`)
        box.classList.add('accented')
      }
      return box
    }
    case 1: return make('div', { class: 'action-row' }, inner())
    case 2: return button({ label: part.label ?? '', link: part.custom_id ?? '', url: part.url ?? '', style: STYLES[part.style] }, act, 'd-button')
    case 3: return menu({
      label: part.placeholder ?? 'Choose', link: part.custom_id, field: around.menus[part.custom_id] ?? '',
      least: part.min_values ?? 1, most: part.max_values ?? 1,
      options: part.options.map(o => ({ value: o.value, label: o.label, about: o.description ?? '', chosen: Boolean(o.default) })),
    }, act, 'menu d-menu')
    case 9: return make('div', { class: 'section' }, make('div', {}, inner()), part.accessory ? draw(part.accessory, act, around) : '')
    case 10: return make('div', { class: 'text' }, markdown(part.content, act))
    case 11: return make('img', { class: 'thumb', src: around.at(part.media.url) ?? '', alt: part.description ?? '' })
    case 12: return make('div', { class: 'gallery' },
      part.items.map(item => make('img', { src: around.at(item.media.url) ?? '', alt: item.description ?? '' })))
    case 13: return make('p', { class: 'file' }, part.file.url.replace('attachment://', ''))
    case 14: return make('hr', { class: part.divider === false ? 'gap' : '' })
    default: return make('p', { class: 'problem' }, `The playground cannot draw a component of type ${part.type}.`)
  }
}

// Lines first, then what stands in them.
export function markdown(content, act) {
  const blocks = []
  let list = null
  for (const line of content.split('\n')) {
    const bullet = /^\s*[-*] (.*)$/.exec(line)
    if (bullet) {
      if (!list) blocks.push(list = make('ul'))
      list.append(make('li', {}, inline(bullet[1], act)))
      continue
    }
    list = null
    const heading = /^(#{1,3}) (.*)$/.exec(line)
    const small = /^-# (.*)$/.exec(line)
    const quote = /^> (.*)$/.exec(line)
    if (heading) blocks.push(make('div', { class: `h h${heading[1].length}`, role: 'heading', 'aria-level': 3 }, inline(heading[2], act)))
    else if (small) blocks.push(make('small', {}, inline(small[1], act)))
    else if (quote) blocks.push(make('blockquote', {}, inline(quote[1], act)))
    else blocks.push(make('div', { class: 'l' }, line ? inline(line, act) : '\u00a0'))
  }
  return blocks
}

const LABEL = /^\[((?:\\.|[^\]\\])+)\]\(<?(https?:[^)\s>]+)>?\)/
const RULES = [
  [/^\\([^0-9A-Za-z\s])/, found => found[1]],
  [/^`([^`]+)`/, found => make('code', {}, found[1])],
  [/^\*\*((?:\\.|[^\\])+?)\*\*/, (found, act) => make('strong', {}, inline(found[1], act))],
  [/^__((?:\\.|[^\\])+?)__/, (found, act) => make('u', {}, inline(found[1], act))],
  [/^~~((?:\\.|[^\\])+?)~~/, (found, act) => make('s', {}, inline(found[1], act))],
  [/^\*((?:\\.|[^\\*\s])(?:\\.|[^\\*])*?)\*/, (found, act) => make('em', {}, inline(found[1], act))],
  [LABEL, (found, act) => follow(found[2], inline(found[1], act))],
  [/^<(https?:[^>\s]+)>/, found => follow(found[1], found[1])],
  [/^<t:(\d+)(?::(\w))?>/, found => stamp(Number(found[1]), found[2] ?? 'f')],
  [/^<@!?(\w+)>/, (found, act) => make('span', { class: 'person' }, `@${act.person(found[1])}`)],
  [/^<#(\w+)>/, found => make('span', { class: 'person' }, `#${found[1]}`)],
  [/^@(everyone|here)\b/, found => make('span', { class: 'alarm' }, found[0])],
  [/^https?:\/\/[^\s<>]+/, found => follow(found[0], found[0])],
]

function inline(text, act) {
  const done = []
  let plain = ''
  while (text) {
    const rule = RULES.map(([form, draw]) => [form.exec(text), draw]).find(([found]) => found)
    if (!rule) {
      plain += text[0]
      text = text.slice(1)
      continue
    }
    const [found, draw] = rule
    const drawn = draw(found, act)
    if (typeof drawn === 'string') plain += drawn
    else {
      done.push(plain, drawn)
      plain = ''
    }
    text = text.slice(found[0].length)
  }
  return [...done, plain]
}

function stamp(at, style) {
  const shown = style === 'R' ? fromNow(at) : inWords(at, STAMPS[style] ?? 'full')
  return make('time', { class: 'stamp', datetime: new Date(at * 1000).toISOString(), title: inWords(at, 'full') }, shown)
}
