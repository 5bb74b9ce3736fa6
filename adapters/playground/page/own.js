// The playground's own look: cards and texts as the server describes them.

import { button, menu } from './controls.js'
import { follow, make } from './dom.js'
import { fromNow, inWords, now, sameYear } from './times.js'

export function words(nodes) {
  return nodes.map(node => {
    if (typeof node === 'string') return node.split(BAR).map((piece, n) => n % 2 ? bar(piece) : piece)
    switch (node.is) {
      case 'bold': return make('strong', {}, words(node.of))
      case 'code': return make('code', {}, words(node.of))
      case 'person': return make('span', { class: 'person' }, node.words)
      case 'channel': return make('span', { class: 'person' }, `#${node.words}`)
      case 'command': return make('code', { class: 'command' }, node.words)
      case 'link': return follow(node.url, node.words)
      case 'time': return time(node.at, node.style)
      default: return node.words ?? ''
    }
  })
}

// A bar of blocks, as texts on every platform have it, drawn as one; the number beside it says the same.
const BAR = /([█░]{4,})/

function bar(blocks) {
  const full = make('span', {})
  full.style.width = `${(100 * blocks.replaceAll('░', '').length) / blocks.length}%`
  return make('span', { class: 'meter', 'aria-hidden': 'true' }, full)
}

export function time(at, style) {
  const iso = new Date(at * 1000).toISOString()
  const short = style === 'full' && sameYear(at, now())
  return make('time', { datetime: iso, title: `${inWords(at, 'full')} (${fromNow(at)})` }, inWords(at, short ? 'short' : style))
}

export function drawCard(card, act, files = []) {
  const blocks = card.blocks.map(block => drawBlock(block, act, files))
  const buttons = card.controls.filter(control => control.is === 'button').map(control => button(control, act))
  const menus = card.controls.filter(control => control.is === 'menu').map(control => menu(control, act))
  return make('div', { class: `card ${card.tone}` },
    card.title.length ? make('h3', { class: 'title' }, words(card.title)) : '',
    blocks,
    menus.length ? make('div', { class: 'menus' }, menus) : '',
    buttons.length ? make('div', { class: 'buttons' }, buttons) : '')
}

function drawBlock(block, act, files) {
  switch (block.is) {
    case 'prose': return make('p', { class: 'prose' }, words(block.text))
    case 'note': return make('p', { class: 'note' }, words(block.text))
    case 'rule': return make('hr')
    case 'row': return make('div', { class: 'row' },
      make('p', {}, words(block.text)), block.button ? button(block.button, act) : '')
    case 'fields': return make('dl', {},
      block.pairs.map(([name, value]) => make('div', {}, make('dt', {}, words(name)), make('dd', {}, words(value)))))
    case 'picture': return files[block.file] ? make('img', { src: files[block.file].url, alt: block.alt }) : ''
    default: return ''
  }
}
