// Slack's look: a message of blocks, drawn from the payload that Slack would get.

import { button, menu } from './controls.js'
import { follow, make } from './dom.js'
import { fromNow, inWords } from './times.js'

const STYLES = { primary: 'primary', danger: 'danger' }

export function drawSlack(payload, act, message) {
  const pictures = message.files.map(file => file.url)
  const around = { next: () => pictures.shift() ?? '', controls: controlsOf(message) }
  const attached = (payload.attachments ?? []).map(each => {
    const box = make('div', { class: 'attachment' }, (each.blocks ?? []).map(block => draw(block, act, around)))
    if (/^#[0-9a-f]{6}$/i.test(each.color ?? '')) box.style.setProperty('--accent-line', each.color)
    return box
  })
  const blocks = (payload.blocks ?? []).map(block => draw(block, act, around))
  return make('div', { class: 'slack' }, blocks, attached,
    blocks.length || attached.length ? '' : make('p', {}, mrkdwn(payload.text ?? '', act)))
}

// Links of the card, by which an element's action is recognised whatever the adapter adds to it.
function controlsOf(message) {
  const rows = (message.card?.blocks ?? []).map(block => block.button).filter(Boolean)
  return [...rows, ...(message.card?.controls ?? [])].filter(control => control.link)
}

function linkOf(element, around) {
  const said = [element.value, element.action_id, element.block_id].filter(Boolean)
  const known = around.controls.find(control => said.includes(control.link))
    ?? around.controls.find(control => said.some(word => word.includes(control.link)))
  return known ?? { link: element.value ?? element.action_id ?? '', field: '' }
}

function draw(block, act, around) {
  switch (block.type) {
    case 'header': return make('div', { class: 's-header', role: 'heading', 'aria-level': 3 }, block.text.text)
    case 'section': return make('div', { class: 's-section' },
      make('div', {},
        block.text ? make('div', { class: 's-text' }, text(block.text, act)) : '',
        block.fields ? make('div', { class: 's-fields' }, block.fields.map(field => make('div', {}, text(field, act)))) : ''),
      block.accessory ? element(block.accessory, act, around) : '')
    case 'divider': return make('hr')
    case 'context': return make('div', { class: 's-context' },
      block.elements.map(each => each.type === 'image' ? make('img', { src: '', alt: each.alt_text }) : make('span', {}, text(each, act))))
    case 'actions': return make('div', { class: 's-actions' }, block.elements.map(each => element(each, act, around)))
    case 'image': return make('figure', {},
      block.title ? make('figcaption', {}, block.title.text) : '',
      make('img', { src: around.next(), alt: block.alt_text ?? '' }))
    case 'markdown': return make('div', { class: 's-text' }, mrkdwn(block.text, act))
    default: return make('p', { class: 'problem' }, `The playground cannot draw a block of type ${block.type}.`)
  }
}

function element(each, act, around) {
  if (each.type === 'button') {
    const link = each.url ? '' : linkOf(each, around).link
    return button({ label: each.text.text, link, url: each.url ?? '', style: STYLES[each.style] ?? 'plain' }, act, 's-button')
  }
  if (each.options && /select|checkboxes|radio|overflow/.test(each.type)) {
    const known = linkOf(each, around)
    const many = /^multi|checkboxes/.test(each.type)
    const chosen = [each.initial_option, ...(each.initial_options ?? [])].filter(Boolean).map(option => option.value)
    return menu({
      label: each.placeholder?.text ?? known.label ?? 'Choose', link: known.link, field: known.field,
      least: known.least ?? 1, most: many ? each.max_selected_items ?? each.options.length : 1,
      options: each.options.map(o => ({
        value: o.value, label: plain(o.text), about: o.description ? plain(o.description) : '', chosen: chosen.includes(o.value),
      })),
    }, act, 'menu s-menu')
  }
  if (each.type === 'image') return make('img', { src: around.next(), alt: each.alt_text ?? '' })
  return make('p', { class: 'problem' }, `The playground cannot draw an element of type ${each.type}.`)
}

const plain = object => object.type === 'mrkdwn' ? entities(object.text) : object.text
const text = (object, act) => object.type === 'mrkdwn' ? mrkdwn(object.text, act) : object.text
const entities = raw => raw.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

const BEFORE = /(^|[\s({\["'.,:;!?\-\u200b])$/ // formatting begins only at a boundary
const RULES = [
  [/^<!date\^(\d+)\^([^|>^]+)(?:\^[^|>]*)?\|([^>]*)>/, found => stamp(Number(found[1]), entities(found[2]))],
  [/^<!(here|channel|everyone)(?:\|[^>]*)?>/, found => make('span', { class: 'alarm' }, `@${found[1]}`)],
  [/^<@(\w+)(?:\|[^>]*)?>/, (found, act) => make('span', { class: 'person' }, `@${act.person(found[1])}`)],
  [/^<#(\w+)(?:\|([^>]*))?>/, found => make('span', { class: 'person' }, `#${found[2] || found[1]}`)],
  [/^<(https?:[^|>]+)(?:\|([^>]*))?>/, found => follow(entities(found[1]), entities(found[2] ?? found[1]))],
  [/^`([^`\n]+)`/, found => make('code', {}, entities(found[1]))],
  [/^\*([^*\s](?:[^*\n]*[^*\s])?)\*(?!\w)/, (found, act) => make('strong', {}, mrkdwn(found[1], act)), BEFORE],
  [/^_([^_\s](?:[^_\n]*[^_\s])?)_(?!\w)/, (found, act) => make('em', {}, mrkdwn(found[1], act)), BEFORE],
  [/^~([^~\s](?:[^~\n]*[^~\s])?)~(?!\w)/, (found, act) => make('s', {}, mrkdwn(found[1], act)), BEFORE],
]

export function mrkdwn(raw, act) {
  const done = []
  let words = ''
  for (let at = 0; at < raw.length;) {
    const rest = raw.slice(at)
    const rule = RULES.find(([form, , before]) => (!before || before.test(raw.slice(0, at))) && form.test(rest))
    if (!rule) {
      words += raw[at]
      at += 1
      continue
    }
    const found = rule[0].exec(rest)
    done.push(entities(words), rule[1](found, act))
    words = ''
    at += found[0].length
  }
  return [...done, entities(words)]
}

function stamp(at, form) {
  const shown = form.replace(/\{(\w+)\}/g, (_, token) => {
    if (token === 'ago') return fromNow(at)
    if (token.startsWith('time')) return inWords(at, 'time')
    return inWords(at, token.startsWith('date_long') ? 'date' : 'day')
  })
  return make('time', { datetime: new Date(at * 1000).toISOString(), title: inWords(at, 'full') }, shown)
}
